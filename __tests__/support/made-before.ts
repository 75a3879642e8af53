import { startAzure, type FakeAzure } from '../clouds/azure/fake-azure.ts';
import { startDigitalOcean, type FakeDigitalOcean } from '../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../clouds/gcp/fake-gcp.ts';
import { azureRun } from './azure-run.ts';
import type { CloudRun } from './cloud-run.ts';
import { copyState } from './copied-state.ts';
import { digitaloceanRun } from './digitalocean-run.ts';
import { gcpRun } from './gcp-run.ts';
import { kept } from './kept.ts';

type With = Readonly<Record<string, string>>;

interface Fake {
  readonly state: object;
  stop(): Promise<void>;
}

/**
 * Puts the servers of these inputs into an empty fake, as applies one after the other made them: for tests that only
 * begin with them. Each is made once in a process, in a fake of its own, and copied. No call is recorded.
 */
type Made<C extends Fake> = (cloud: C, ...applied: readonly With[]) => Promise<void>;

function made<C extends Fake>(start: () => Promise<C>, open: (cloud: C, inputs: With) => Promise<CloudRun>): Made<C> {
  const known = kept<(into: object) => void>();
  return async (cloud, ...applied) => {
    const key = JSON.stringify(applied);
    const copy = known.get(key) ?? (await copyOf(start, open, applied));
    known.set(key, copy);
    copy(cloud.state);
  };
}

async function copyOf<C extends Fake>(
  start: () => Promise<C>,
  open: (cloud: C, inputs: With) => Promise<CloudRun>,
  applied: readonly With[]
): Promise<(into: object) => void> {
  const cloud = await start();
  try {
    for (const inputs of applied) await (await open(cloud, inputs)).apply();
    return copyState(cloud.state);
  } finally {
    await cloud.stop();
  }
}

export const madeOnAzure: Made<FakeAzure> = made(startAzure, azureRun);
export const madeOnGcp: Made<FakeGcp> = made(startGcp, gcpRun);
export const madeOnDigitalOcean: Made<FakeDigitalOcean> = made(startDigitalOcean, digitaloceanRun);
