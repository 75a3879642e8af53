import { sendApart, type Part } from '../../../../engine/apart.ts';
import { defined } from '../../../../engine/defined.ts';
import { isUnfinished } from '../../../../engine/ownership.ts';
import type { Facts } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { ProviderError } from '../../../../errors.ts';
import { START_IT } from '../../../operations.ts';
import { finish, operationAtWork, whenIdle } from '../../api/operation.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { operationsOf, readInstance } from '../../live-state.ts';
import { ownUser, renewPassword, setPassword, SUPERUSER } from '../password.ts';
import { instanceFacts } from './convert.ts';
import { joined, type Body } from './field.ts';
import { stateOf, STOPPED, type InstanceWork, type ServerWork } from './fields.ts';
import { changesFlags, flagsAfter } from './flag-change.ts';
import { labelsPatch } from './label-change.ts';
import { patch } from './patch.ts';
import { poolBody } from './pooling.ts';
import { bodyOf } from './values.ts';
import { waitForInstance } from './wait.ts';

/** Cloud SQL changes the machine in an operation of its own. */
const MACHINE: readonly string[] = ['instance_class', 'edition'];

/** Applies the planned changes to the server, in as many operations as Cloud SQL needs. */
export async function updateInstance(context: GcpContext, work: ServerWork): Promise<Facts> {
  const { name } = context;
  if (isUnfinished(work.observed?.ownership)) await renewPassword(context);
  const { master_password: password, master_password_version: version } = work.values;
  if (version !== undefined && typeof password === 'string') {
    if (work.values.state !== undefined) await resume(context, name);
    // The version is written after the password: an interruption between the two sets the password again.
    await setPassword(context, ownUser(context.settings) ?? SUPERUSER, password);
  }
  await changeInstance(context, name, work);
  return instanceFacts(await waitForInstance(context, name));
}

/** Applies planned changes to the server or to one of its replicas. */
export async function changeInstance(context: GcpContext, name: string, work: InstanceWork): Promise<void> {
  const { values } = work;
  const { engine_version: version } = values;
  if (values.state !== undefined) await resume(context, name);
  const machine = async (): Promise<void> =>
    patch(context, name, `resize ${name}`, live => bodyOf(values, live, field => MACHINE.includes(field)), '1–5 min');
  const settings = (some: InstanceWork): Part => ({
    send: async () => patch(context, name, `change ${name}`, live => rest(some, live)),
    smaller: () => partsOf(some).map(settings)
  });
  const pool = async (): Promise<void> =>
    patch(context, name, `change the pooler of ${name}`, live => poolBody(values, live), '1–5 min');

  const upgrade = async (): Promise<void> => {
    if (version === undefined) return;
    const body = bodyOf({ engine_version: version }, undefined);
    // Replicas can't follow another version: they are upgraded with their primary.
    const replicas = { includeReplicasForMajorVersionUpgrade: true };
    await patch(
      context,
      name,
      `upgrade ${name}`,
      live => ((live.replicaNames ?? []).length === 0 ? body : { ...body, ...replicas }),
      '10–30 min'
    );
  };
  const part = (send: Part['send']): Part => ({ send });
  // Settings that only Enterprise Plus allows are removed before the edition changes.
  const between =
    values.edition === 'ENTERPRISE'
      ? [part(pool), settings(work), part(machine)]
      : [part(machine), settings(work), part(pool)];
  await sendApart(context.execution, [part(upgrade), ...between]);
}

/** Waits for the operation that an earlier run began. Fails if that operation fails, and for a stopped instance. */
async function resume(context: GcpContext, name: string): Promise<void> {
  const begun = operationAtWork(await operationsOf(context, name));
  if (begun !== undefined)
    await finish(context, { what: `continue the change of ${name}`, usually: '1–15 min' }, begun);
  await whenIdle(context, name);
  const live = await readInstance(context, name);
  if (live !== undefined && stateOf(live) === STOPPED) {
    throw new ProviderError(`Could not change ${name}: it is stopped`, {
      kind: 'failed',
      hint: START_IT
    });
  }
  await waitForInstance(context, name);
}

/** Settings that depend on each other; every other field can be changed by itself. */
const TOGETHER: readonly (readonly string[])[] = [
  [
    'multi_az',
    'secondary_zone',
    'availability_zone',
    'enable_backup',
    'point_in_time_recovery',
    'backup_retention_period',
    'transaction_log_retention_days'
  ],
  [
    'publicly_accessible',
    'private_network',
    'allocated_ip_range',
    'allowed_cidr_blocks',
    'psc_enabled',
    'psc_allowed_consumer_projects',
    'ssl_mode'
  ],
  ['allocated_storage', 'max_allocated_storage', 'storage_type', 'storage_iops', 'storage_throughput']
];

/** The same changes in parts that Cloud SQL can take or refuse one by one. */
function partsOf({ values, mark }: InstanceWork): readonly InstanceWork[] {
  const groups = new Map<string, [string, Value][]>();
  for (const [field, value] of Object.entries<Value>(values)) {
    if (MACHINE.includes(field) || field === 'engine_version') continue;
    const group = TOGETHER.findIndex(fields => fields.includes(field));
    const key = group === -1 ? field.replace(/^tags\..*$/, 'tags') : String(group);
    groups.set(key, [...(groups.get(key) ?? []), [field, value]]);
  }
  return [...groups.values()].map(fields => ({ values: Object.fromEntries(fields), mark }));
}

/** The changes that go together: all but version, machine and pooler. */
function rest(work: InstanceWork, live: Instance): Body {
  const { values } = work;
  const fields = bodyOf(values, live, field => !MACHINE.includes(field) && field !== 'engine_version');
  const labels = labelsPatch(live.settings?.userLabels, work);
  const flags = changesFlags(values) ? { databaseFlags: flagsAfter(live.settings?.databaseFlags ?? [], values) } : {};
  const own: Body = { settings: defined({ userLabels: labels, ...flags }) };
  return Object.keys(own.settings ?? {}).length === 0 ? fields : joined(fields, own);
}
