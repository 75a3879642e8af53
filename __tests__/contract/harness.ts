import type { FakeGithub } from '../clouds/github/github.ts';
import type { Job } from '../support/job.ts';
import type { ProviderName } from '../../src/spec/catalogue.ts';
import type { CapabilityTable } from '../../src/spec/features.ts';

/** What a provider brings along to be held to the contract. */
export interface ContractHarness {
  readonly provider: ProviderName;
  readonly capabilities: CapabilityTable;
  /** `with:` of a small database: provider, name, version, and what this provider cannot do without. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Whether another `master_password` is noticed. Clouds do not say which one is set. */
  readonly seesPasswords: boolean;
  /** Whether a parameter that the workflow names no more goes back to its default. Default true. */
  readonly unsetsParameters?: boolean;
  readonly open: () => Promise<Ground>;
}

/** A provider with nothing of ours in it, and a job whose steps reach it. */
export interface Ground {
  readonly github: FakeGithub;
  readonly job: Job;
  /** Whatever of our making is there, in words. Empty before the first apply and after a destroy. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}
