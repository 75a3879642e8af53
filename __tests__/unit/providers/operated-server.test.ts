import { OPERATIONS } from '../../../src/engine/operation.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';
import { expectGolden } from '../../support/golden.ts';
import { changedIn, operated, requested, steady } from '../../support/plan-in-words.ts';
import { failureOf } from '../../support/refusal-in.ts';

/**
 * What is done to a live server and to copies of it: each operation, a snapshot, and a server restored from it and from
 * a moment, with every request and the log. `UPDATE_GOLDENS=1` writes the golden files, to be read.
 */
type With = Readonly<Record<string, string>>;
type CloudName = keyof typeof EVERY_CLOUD;

/** Inputs of a server that every operation can be made on, where the smallest one with a replica is too small. */
const MORE: Readonly<Record<CloudName, With>> = {
  aws: { multi_az: 'true' },
  azure: { multi_az: 'true' },
  digitalocean: { instance_class: 'db-s-2vcpu-4gb', multi_az: 'true' },
  gcp: { multi_az: 'true', tier: 'db-perf-optimized-N-2', enable_binary_log_backup: 'true' }
};

const ORDER = [
  ...OPERATIONS.filter(name => !['promote', 'switchover'].includes(name)),
  'switchover',
  'promote'
] as const;

/** What is done at the same time is told in any order. */
function logOf({ execution }: CloudRun): readonly string[] {
  return [...new Set(execution.lines.filter(line => !line.startsWith('debug: ')).toSorted())];
}

/** Hashes of what differs from run to run: a moment of now, and a password that the cloud has made. */
const HASH = /(?<="pgkeep:applied":")[\da-f]{64}|(?<=_7c)[\da-f]{16}/g;

async function storyOf(cloud: StartedCloud, name: CloudName): Promise<string> {
  const inputs = { ...cloud.small, create_read_replica: 'true', ...MORE[name] };
  const story: string[] = [];
  let sent = cloud.mutations().length;
  const tell = async (title: string, work: () => Promise<readonly string[]>): Promise<void> => {
    const lines: string[] = [];
    const failed = await failureOf(async () => lines.push(...(await work())));
    const failure = failed === '' ? [] : [`failed: ${failed}`];
    story.push(`# ${title}`, ...lines, ...failure, ...new Set(requested(cloud.mutations().slice(sent))), '');
    sent = cloud.mutations().length;
  };
  const applied = async (given: With): Promise<readonly string[]> => {
    const run = await cloud.run(given);
    const { plan } = await run.apply();
    return [...changedIn(plan), ...logOf(run)];
  };
  await (await cloud.run(inputs)).apply();
  sent = cloud.mutations().length;
  const { session } = await cloud.run(inputs);
  let taken = '';
  await tell('A snapshot', async () => {
    const { id, detail, existed } = await session.snapshot(await session.observe());
    taken = id;
    return [id, detail, String(existed)];
  });
  await tell('Its outputs', async () => {
    const found = await session.outputs(await session.observe());
    return Object.entries(found ?? {}).map(([output, value]) => `${output}: ${JSON.stringify(value)}`);
  });
  const { create_read_replica: _, ...rest } = inputs;
  const newest = await session.newestBackup();
  const from: Readonly<Record<string, With>> = {
    'A copy from the snapshot': { name: 'copy', restore_from_snapshot: taken === '' ? 'none' : taken },
    'A copy from the newest backup': { name: 'copy-2', ...('restore' in newest ? newest.restore : {}) },
    'A copy from a moment': { name: 'copy-3', restore_source: 'orders', restore_to_time: 'latest' }
  };
  for (const [title, more] of Object.entries(from)) {
    await tell(title, async () => applied({ ...rest, ...more }));
    await tell('Its end', async () => changedIn(await (await cloud.run({ ...rest, ...more })).destroy()));
  }
  for (const title of ['A snapshot by name', 'The same once more']) {
    await tell(title, async () => {
      const named = (await cloud.run({ ...inputs, snapshot_identifier: 'nightly' })).session;
      const { id, detail, existed } = await named.snapshot(await named.observe());
      return [id, detail, String(existed)];
    });
  }
  for (const operation of ORDER) {
    await tell(`command: ${operation}`, async () => {
      const run = await cloud.run(inputs);
      const plan = await run.operate(operation, { replica: 'orders-replica-1', applyNow: true });
      return [...operated(plan), ...logOf(run)];
    });
  }
  await tell('The plan after them', async () => changedIn((await (await cloud.run(inputs)).plan()).plan));
  await tell('A release', async () => {
    await session.removeMarks?.(await session.observe());
    return [];
  });
  expect(cloud.undocumented('apply')).toEqual([]);
  return story.join('\n');
}

test.each(Object.keys(EVERY_CLOUD) as CloudName[])(
  'a server on %s is operated and copied as its golden file says',
  async name => {
    const cloud = await EVERY_CLOUD[name]();
    try {
      expectGolden(
        `operations-${name}.txt`,
        // A password may begin like a hash.
        steady(await storyOf(cloud, name), cloud.small).replaceAll(HASH, '<hash>')
      );
    } finally {
      await cloud.stop();
    }
  }
);
