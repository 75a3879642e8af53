import { defined } from '../../../../engine/defined.ts';
import { isSameRepository, type Ownership } from '../../../../engine/ownership.ts';
import { sameValue, type Value } from '../../../../engine/value.ts';
import { markOf, ownershipOf } from '../../api/labels.ts';
import { instanceName } from '../../api/names.ts';
import { mutate, whenIdle } from '../../api/operation.ts';
import { tagFields, UNFINISHED } from '../../api/tags.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { readInstance } from '../../live-state.ts';
import { renewPassword } from '../password.ts';
import type { Body } from './field.ts';
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
 * Whether an instance is a copy that a run began and did not finish. Cloud SQL gives a clone the labels of its source:
 * until it gets its own, it carries the mark of the database that `restore_source` names, which only that database
 * carries otherwise.
 */
export function isUnfinished({ settings, target, name }: GcpContext, live: Instance): boolean {
  const labels = live.settings?.userLabels ?? {};
  if (UNFINISHED in labels) return true;
  const [mark, source] = [markOf(labels), settings.restore_source];
  if (mark === undefined || source === undefined) return false;
  const isOfSource = instanceName(mark.name) === instanceName(source) && instanceName(source) !== name;
  return isOfSource && isSameRepository(mark, target);
}

/** The owner of an instance. An unfinished copy belongs to the workflow that it is made for. */
export function ownershipIn(context: GcpContext, live: Instance): Ownership {
  const own = ownershipOf(live.settings?.userLabels ?? {}, context.target);
  return own.kind === 'foreign' && isUnfinished(context, live) ? { kind: 'ours', mark: own.mark } : own;
}

/** Begins a new instance with the data of another. `body` is the body that would create it empty. */
export async function beginCopy(context: GcpContext, work: ServerWork, body: Body): Promise<void> {
  const { project, name } = context;
  const { backup, instance, time, deleted } = work.values.source as Readonly<Record<string, string | undefined>>;
  if (backup !== undefined) {
    const { rootPassword: _password, databaseVersion: _version, settings = {}, ...rest } = body;
    const labels = { ...(settings['userLabels'] as object), [UNFINISHED]: 'yes' };
    await mutate(context, {
      what: `restore ${name}`,
      instance: name,
      usually: '5–30 min, by the amount of data',
      permission: 'cloudsql.instances.restoreBackup',
      type: 'RESTORE_VOLUME',
      send: async (sdk, options) => sdk.instances.restoreBackup({ project, instance: name, body: {} }, options),
      body: () => ({ backup, restoreInstanceSettings: { ...rest, settings: { ...settings, userLabels: labels } } })
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
      cloneContext: defined({ destinationInstanceName: name, pointInTime: time, sourceInstanceDeletionTime: deleted })
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
  if (live === undefined || live.settings?.deletionProtectionEnabled !== true || !isUnfinished(context, live)) return;
  const body = { settings: { deletionProtectionEnabled: false } };
  await patch(context, context.name, `unprotect ${context.name}`, () => body);
}

/** Whether a copy already has the value: a value that is not sent can't cause a restart. */
function isSame(field: string, live: Value | undefined, wanted: Value): boolean {
  const plain = (value: Value): Value => fieldNamed(field)?.normalise?.(value, field) ?? value;
  return live !== undefined && sameValue(plain(live), plain(wanted));
}
