import { startAzure, type FakeAzure } from '../clouds/azure/fake-azure.ts';
import { azureRun, lines } from './azure-run.ts';
import type { CloudRun } from './cloud-run.ts';
import { madeOnAzure } from './made-before.ts';

type With = Readonly<Record<string, string>>;

/** A fake subscription, empty for each test of the block that this is called in. */
export interface AzureAccount {
  /** This test's. */
  readonly cloud: FakeAzure;
  readonly run: (inputs: With) => Promise<CloudRun>;
  /** Begins with what applies of these inputs made. */
  readonly made: (...applied: readonly With[]) => Promise<void>;
  /** What a plan would do, a line each. */
  readonly planned: (inputs: With) => Promise<readonly string[]>;
  /** What an apply has done. */
  readonly applied: (inputs: With) => Promise<readonly string[]>;
}

/** Starts one for all tests, which is set back before each: another one would need TLS handshakes of its own. */
export function azureAccount(): AzureAccount {
  let cloud: FakeAzure | undefined;
  let empty = (): void => {};
  beforeAll(async () => {
    cloud = await startAzure();
    empty = cloud.savepoint();
  });
  beforeEach(() => empty());
  afterAll(async () => cloud?.stop());
  const here = (): FakeAzure => {
    if (cloud === undefined) throw new Error('No test is running');
    return cloud;
  };
  const run = async (inputs: With): Promise<CloudRun> => azureRun(here(), inputs);
  return {
    get cloud() {
      return here();
    },
    run,
    made: async (...applied) => madeOnAzure(here(), ...applied),
    planned: async inputs => lines((await (await run(inputs)).plan()).plan),
    applied: async inputs => lines((await (await run(inputs)).apply()).plan)
  };
}
