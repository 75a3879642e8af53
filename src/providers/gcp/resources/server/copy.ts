import { defined } from '../../../../engine/defined.ts';
import type { Ownership } from '../../../../engine/ownership.ts';
import type { Work } from '../../../../engine/resource.ts';
import { sameValue, type Value } from '../../../../engine/value.ts';
import type { Instance } from '../../api/types.ts';
import { markOf, ownershipOf } from '../../api/labels.ts';
import { instanceName } from '../../api/names.ts';
import { mutate, waitForInstance, whenIdle } from '../../api/operation.ts';
import { tagFields, UNFINISHED } from '../../api/tags.ts';
import { readInstance, type GcpContext } from '../../context.ts';
import type { Body } from './field.ts';
import { FIELDS, instanceValues } from './fields.ts';
import { changeInstance, patch } from './update.ts';
import { renewPassword } from '../password.ts';

type Values = Readonly<Record<string, Value>>;

/** What is as it was in the source, and can't be chosen, or not yet. */
const INHERITED = ['state', 'source', 'engine_version', 'gcp_region', 'kms_key_id', 'master_password'];

/**
 * Whether an instance is a copy that a run has begun and not finished. Cloud SQL gives a clone the labels of its source and takes no others:
 * until it gets its own, it has the mark of the database that `restore_source` names, which no other instance but that one has.
 */
export function isUnfinished({ settings, target, name }: GcpContext, live: Instance): boolean {
  const labels = live.settings?.userLabels ?? {};
  if (UNFINISHED in labels) return true;
  const [mark, source] = [markOf(labels), settings.restore_source];
  if (mark === undefined || source === undefined) return false;
  const isOfSource = instanceName(mark.name) === instanceName(source) && instanceName(source) !== name;
  return isOfSource && mark.repository === target.repository.toLowerCase();
}

/** Whose an instance is. One that is an unfinished copy is of whom it is made for. */
export function ownershipIn(context: GcpContext, live: Instance): Ownership {
  const own = ownershipOf(live.settings?.userLabels ?? {}, context.target);
  return own.kind === 'foreign' && isUnfinished(context, live) ? { kind: 'ours', mark: own.mark } : own;
}

/** Begins a new instance with another one's data. `body` is what a new one would be made with. */
export async function beginCopy(context: GcpContext, work: Work, body: Body): Promise<void> {
  const { project, name } = context;
  const { backup, instance, time, deleted } = work.values['source'] as Readonly<Record<string, string | undefined>>;
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

/** Makes a copy what the plan says, its password and its labels last. May be repeated. */
export async function finishCopy(context: GcpContext, work: Work): Promise<void> {
  const { name } = context;
  const live = await waitForInstance(context, name);
  await renewPassword(context);
  const now = instanceValues(live);
  const own = Object.entries(work.values).filter(
    ([field, value]) => !INHERITED.includes(field) && !isSame(field, now[field], value)
  );
  const copied = Object.keys(tagFields(live.settings?.userLabels)).map(field => [field, null] as const);
  const values: Values = { ...Object.fromEntries(copied), ...Object.fromEntries(own) };
  await changeInstance(context, name, { ...work, values });
}

/** A copy is protected if its source is: what was never finished may go all the same. */
export async function unprotect(context: GcpContext): Promise<void> {
  const live = await readInstance(context, context.name);
  if (live === undefined || live.settings?.deletionProtectionEnabled !== true || !isUnfinished(context, live)) return;
  const body = { settings: { deletionProtectionEnabled: false } };
  await patch(context, context.name, `unprotect ${context.name}`, () => body);
}

/** Whether a copy has what is wanted already: what is not sent can restart nothing. */
function isSame(field: string, live: Value | undefined, wanted: Value): boolean {
  const plain = (value: Value): Value => FIELDS[field]?.normalise?.(value, field) ?? value;
  return live !== undefined && sameValue(plain(live), plain(wanted));
}
