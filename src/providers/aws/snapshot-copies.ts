import type { DBSnapshot } from '@aws-sdk/client-rds';
import { defined } from '../../engine/defined.ts';
import { markFor, type Ownership } from '../../engine/ownership.ts';
import { serverTime } from '../../engine/server-time.ts';
import { waitUntil } from '../../engine/wait.ts';
import { ActionError } from '../../errors.ts';
import { ignoring, orUndefined } from '../failures.ts';
import { pages } from './api/pages.ts';
import { fromList, KEEP_UNTIL, ownershipOf, toList } from './api/tags.ts';
import { regionOfKey } from './checks/keys.ts';
import { tagsFor, type AwsContext } from './context.ts';
import { createTagged } from './resources/create-tagged.ts';

/** The permissions of copies, shares and the retention of snapshots. */
export const COPY_PERMISSIONS = [
  'rds:CopyDBSnapshot',
  'rds:ModifyDBSnapshotAttribute',
  'rds:DeleteDBSnapshot',
  'kms:CreateGrant',
  'kms:DescribeKey'
] as const;

const DAY = 86_400_000;

/**
 * When `snapshot_keep_days` lets a snapshot that is taken now be deleted, as a tag of it, with its name: a copy that
 * someone makes of it under another name can have its tags, and stays.
 */
export function keepUntil({ settings, execution }: AwsContext, id: string): Readonly<Record<string, string>> {
  const days = settings.snapshot_keep_days;
  if (days === undefined) return {};
  return { [KEEP_UNTIL]: `${new Date(serverTime(execution).getTime() + days * DAY).toISOString()} ${id}` };
}

/**
 * Refuses before a snapshot is taken what RDS would refuse of it afterwards: an encrypted copy without a key of its
 * region, and a share of what the default key encrypts.
 */
export async function refuseCopies(context: AwsContext): Promise<void> {
  const { settings, target } = context;
  const live = await context.liveState().main();
  const { snapshot_copy_region: region, snapshot_copy_kms_key_id: key } = settings;
  const refused = (why: string, hint: string): ActionError =>
    new ActionError(`Could not take a snapshot of ${target.name}: ${why}`, {
      code: 'input-invalid',
      source: 'user',
      hint
    });
  if (region === target.region) {
    throw refused('`snapshot_copy_region` is its own region', 'Set another region, or remove the input.');
  }
  const where = regionOfKey(key);
  if (region !== undefined && where !== undefined && where !== region) {
    throw refused(
      `\`snapshot_copy_kms_key_id\` is a key of ${where}`,
      `Set it to a key of ${region}, such as \`alias/aws/rds\`.`
    );
  }
  if (live?.StorageEncrypted !== true) return;
  if (region !== undefined && key === undefined) {
    throw refused(
      `its copy in ${region} has to be encrypted, and no key is given`,
      `Set \`snapshot_copy_kms_key_id\` to a key of ${region}, such as \`alias/aws/rds\`.`
    );
  }
  if ((settings.snapshot_share_accounts ?? []).length === 0) return;
  const own = live.KmsKeyId === undefined ? undefined : await context.offerings.key(live.KmsKeyId);
  if (typeof own === 'object' && own.KeyManager === 'AWS') {
    throw refused(
      'what the default key of RDS encrypts can be shared with no account',
      'Remove `snapshot_share_accounts`, or keep the database with a key of yours (`kms_key_id`).'
    );
  }
}

/** Copies a complete snapshot, shares it, and deletes earlier ones of this database whose time is over. */
export async function afterSnapshot(context: AwsContext, id: string): Promise<readonly string[]> {
  const { settings, target } = context;
  const source = await read(context, id, target.region);
  const copies = settings.snapshot_copy_region;
  if (copies !== undefined) await copy(context, source, id, copies);
  const regions = [target.region, ...(copies === undefined ? [] : [copies])];
  const accounts = settings.snapshot_share_accounts ?? [];
  for (const region of accounts.length === 0 ? [] : regions) {
    const input = { DBSnapshotIdentifier: id, AttributeName: 'restore', ValuesToAdd: [...accounts] };
    await context.call('rds', 'ModifyDBSnapshotAttribute', input, { region });
  }
  const deleted: string[] = [];
  for (const region of settings.snapshot_keep_days === undefined ? [] : regions) {
    deleted.push(...(await deleteExpired(context, id, region)));
  }
  return [
    ...(copies === undefined ? [] : [`copied to ${copies}`]),
    ...(accounts.length === 0 ? [] : [`shared with ${accounts.join(', ')}`]),
    ...(deleted.length === 0 ? [] : [`deleted: ${deleted.join(', ')}`])
  ];
}

async function copy(context: AwsContext, source: DBSnapshot | undefined, id: string, region: string): Promise<void> {
  const { execution, options, settings } = context;
  const ownerOf = async (): Promise<Readonly<Record<string, string>>> =>
    fromList((await read(context, id, region))?.TagList);
  const make = async (): Promise<unknown> =>
    context.call(
      'rds',
      'CopyDBSnapshot',
      {
        SourceDBSnapshotIdentifier: source?.DBSnapshotArn,
        TargetDBSnapshotIdentifier: id,
        ...defined({ KmsKeyId: settings.snapshot_copy_kms_key_id }),
        Tags: toList({ ...tagsFor(context, markFor(context.target)), ...keepUntil(context, id) })
      },
      { region }
    );
  await createTagged(
    context,
    { execution, foundExisting: () => undefined },
    `snapshot ${id} in ${region}`,
    make,
    ownerOf
  );
  await waitUntil<true>(execution, {
    what: `copy of ${id} in ${region}`,
    usually: '5–60 min, by the amount of data',
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      const live = await read(context, id, region);
      if (live?.Status === 'available') return { state: 'done', value: true, detail: 'available' };
      if (live === undefined || live.Status === 'failed') {
        const hint = 'Read the events of the snapshot in the RDS console.';
        return { state: 'failed', message: `it is ${live?.Status ?? 'gone'}`, hint };
      }
      return { state: 'pending', detail: `${live.Status ?? 'unknown'} ${live.PercentProgress ?? 0} %` };
    }
  });
}

/** Only what this workflow took by `command: snapshot` carries the tag: a final snapshot never goes. */
async function deleteExpired(context: AwsContext, taken: string, region: string): Promise<readonly string[]> {
  const { call, names, execution, target } = context;
  const now = serverTime(execution).getTime();
  const gone: string[] = [];
  const snapshots = await pages(
    async place =>
      call(
        'rds',
        'DescribeDBSnapshots',
        { DBInstanceIdentifier: names.instance, SnapshotType: 'manual', ...place },
        { region }
      ),
    page => page.DBSnapshots,
    execution
  );
  for (const { DBSnapshotIdentifier: id, TagList: list } of snapshots) {
    const tags = fromList(list);
    const owner: Ownership = ownershipOf(tags, target);
    const [until = '', of] = (tags[KEEP_UNTIL] ?? '').split(' ');
    if (id === undefined || id === taken || owner.kind !== 'ours' || of !== id || !(Date.parse(until) <= now)) continue;
    await ignoring(['not-found'], call('rds', 'DeleteDBSnapshot', { DBSnapshotIdentifier: id }, { region }));
    execution.log.info(`snapshot ${id} in ${region}: deleted, kept until ${until}`);
    gone.push(region === target.region ? id : `${id} in ${region}`);
  }
  return gone;
}

async function read({ call }: AwsContext, id: string, region: string): Promise<DBSnapshot | undefined> {
  const answer = await orUndefined(call('rds', 'DescribeDBSnapshots', { DBSnapshotIdentifier: id }, { region }));
  return answer?.DBSnapshots?.[0];
}
