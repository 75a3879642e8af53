import { defined } from '../../../../engine/defined.ts';
import { asUnfinished, isSameRepository, isUnfinished, type Ownership } from '../../../../engine/ownership.ts';
import { isSameIn } from '../../../../engine/resource.ts';
import { stringOf, type Value } from '../../../../engine/value.ts';
import { ownershipOf } from '../../api/labels.ts';
import { instanceName } from '../../api/names.ts';
import { mutate, whenIdle } from '../../api/operation.ts';
import { tagFields } from '../../api/tags.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { readInstance } from '../../live-state.ts';
import { renewPassword } from '../password.ts';
import { joined, type Body } from './field.ts';
import type { ServerValues, ServerWork } from './fields.ts';
import { patch } from './patch.ts';
import { changeInstance } from './update.ts';
import { fieldNamed, instanceValues } from './values.ts';
import { waitForInstance } from './wait.ts';

/** Fields that a copy takes from its source, and that can't be chosen (yet). */
const INHERITED: readonly string[] = [
  'state',
  'source',
  'engine_version',
  'gcp_region',
  'kms_key_id',
  'master_password'
];

/**
 * The owner of an instance. Cloud SQL gives a clone the labels of its source: until it gets its own, it carries the
 * mark of the database that `restore_source` names, which only that database carries otherwise. It is ours, and
 * unfinished.
 */
export function ownershipIn({ settings, target, name }: GcpContext, live: Instance): Ownership {
  const owner = ownershipOf(live.settings?.userLabels ?? {}, target);
  const { restore_source: source } = settings;
  if (owner.kind !== 'foreign' || source === undefined || instanceName(source) === name) return owner;
  const isOfSource = instanceName(owner.mark.name) === instanceName(source) && isSameRepository(owner.mark, target);
  return isOfSource ? { kind: 'ours', mark: asUnfinished(owner.mark) } : owner;
}

/** Begins a new instance with the data of another. `body` is the body that would create it empty, and unfinished. */
export async function beginCopy(context: GcpContext, work: ServerWork, body: Body): Promise<void> {
  const { project, name } = context;
  const { backup, instance, time, deleted } = work.values.source as Readonly<Record<string, string | undefined>>;
  if (backup !== undefined) {
    const { rootPassword: _password, databaseVersion: _version, ...given } = body;
    // The source may have a data cache, which only Enterprise Plus allows.
    const without = { settings: { dataCacheConfig: { dataCacheEnabled: false } } };
    const settings = work.values.edition === 'ENTERPRISE' ? joined(given, without) : given;
    await mutate(context, {
      what: `restore ${name}`,
      instance: name,
      usually: '5–30 min, by the amount of data',
      permission: 'cloudsql.instances.restoreBackup',
      type: 'RESTORE_VOLUME',
      send: async (sdk, options) => sdk.instances.restoreBackup({ project, instance: name, body: {} }, options),
      body: () => ({ backup, restoreInstanceSettings: settings })
    });
    return;
  }
  const source = instance ?? '';
  await whenIdle(context, source);
  await mutate(context, {
    what: `copy ${source} to ${name}`,
    instance: name,
    usually: '5–30 min, by the amount of data',
    permission: 'cloudsql.instances.clone',
    type: 'CLONE',
    send: async (sdk, options) => sdk.instances.clone({ project, instance: source, body: {} }, options),
    body: () => ({
      cloneContext: defined({
        destinationInstanceName: name,
        pointInTime: time,
        sourceInstanceDeletionTime: deleted,
        // An instance never moves to another range of its network.
        allocatedIpRange: stringOf(work.values.allocated_ip_range)
      })
    })
  });
}

/** Gives a copy the planned settings, its password and its labels. May be repeated. */
export async function finishCopy(context: GcpContext, work: ServerWork): Promise<void> {
  const { name } = context;
  const live = await waitForInstance(context, name);
  await renewPassword(context);
  const now = new Map(Object.entries<Value>(instanceValues(live)));
  const own = Object.entries<Value>(work.values).filter(
    ([field, value]) => !INHERITED.includes(field) && !isSame(field, now.get(field), value)
  );
  const copied = Object.keys(tagFields(live.settings?.userLabels)).map(field => [field, null] as const);
  const values: ServerValues = { ...Object.fromEntries(copied), ...Object.fromEntries(own) };
  await changeInstance(context, name, { ...work, values });
}

/** Removes the deletion protection that an unfinished copy took from its source. */
export async function unprotect(context: GcpContext): Promise<void> {
  const live = await readInstance(context, context.name);
  if (live?.settings?.deletionProtectionEnabled !== true || !isUnfinished(ownershipIn(context, live))) return;
  const body = { settings: { deletionProtectionEnabled: false } };
  await patch(context, context.name, `unprotect ${context.name}`, () => body);
}

/** Whether a copy already has the value: a value that is not sent can't cause a restart. */
function isSame(field: string, live: Value | undefined, wanted: Value): boolean {
  return live !== undefined && isSameIn(fieldNamed(field), field, live, wanted);
}
