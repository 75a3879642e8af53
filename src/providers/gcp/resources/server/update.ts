import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { tagsDropped, tagsIn } from '../../../mark-tags.ts';
import { IAM_FLAG, PREFIX } from '../../api/parameters.ts';
import type { ConnectionPoolConfig, DatabaseFlag, Instance } from '../../api/types.ts';
import { instanceFacts } from './convert.ts';
import { isOurs, markLabels, type Labels } from '../../api/labels.ts';
import { finish, mutate, unfinishedIn, waitForInstance, whenIdle } from '../../api/operation.ts';
import { isMarked, PASSWORD_VERSION, UNFINISHED, versionLabel } from '../../api/tags.ts';
import { operationsOf, readInstance, type GcpContext } from '../../context.ts';
import { joined, type Body } from './field.ts';
import { bodyOf } from './fields.ts';
import { ownUser, renewPassword, setPassword, SUPERUSER } from '../password.ts';

type Values = Readonly<Record<string, Value>>;

const POOL = 'pool.';
/** Each goes in an operation of its own; everything else goes together. */
const MACHINE = ['instance_class', 'edition'];

/** Brings the instance to what the plan says, in as many operations as Cloud SQL wants, each on what the one before has left. */
export async function updateInstance(context: GcpContext, work: Work): Promise<Facts> {
  const { name } = context;
  if (work.observed?.fields['state'] === 'UNFINISHED_COPY') await renewPassword(context);
  const { master_password: password, master_password_version: version } = work.values;
  if (version !== undefined && typeof password === 'string') {
    if (work.values['state'] !== undefined) await wake(context, name);
    // Its version is noted after it is set: who is interrupted between sets it once more.
    await setPassword(context, ownUser(context.settings) ?? SUPERUSER, password);
  }
  await changeInstance(context, name, work);
  return instanceFacts(await waitForInstance(context, name));
}

/** The same for any instance of ours. */
export async function changeInstance(context: GcpContext, name: string, work: Work): Promise<void> {
  const { values } = work;
  const { engine_version: version } = values;
  if (values['state'] !== undefined) await wake(context, name);
  const machine = async (): Promise<void> =>
    patch(context, name, `resize ${name}`, live => bodyOf(values, live, field => MACHINE.includes(field)), '1–5 min');
  const settings = async (): Promise<void> => patch(context, name, `change ${name}`, live => rest(work, live));
  const pool = async (): Promise<void> =>
    patch(context, name, `pooling of ${name}`, live => poolBody(values, live), '1–5 min');

  if (version !== undefined) {
    const body = bodyOf({ engine_version: version }, undefined);
    // Replicas are upgraded with it: they can't follow another version.
    const replicas = { includeReplicasForMajorVersionUpgrade: true };
    await patch(
      context,
      name,
      `upgrade ${name}`,
      live => ((live.replicaNames ?? []).length === 0 ? body : { ...body, ...replicas }),
      '10–30 min'
    );
  }
  // What only Enterprise Plus allows goes before that edition is left.
  const steps = values['edition'] === 'ENTERPRISE' ? [pool, settings, machine] : [machine, settings, pool];
  for (const step of steps) await step();
}

/** Starts a stopped instance, and waits for the end of what an earlier run has begun: when that fails, this one has failed too. */
async function wake(context: GcpContext, name: string): Promise<void> {
  const begun = unfinishedIn(await operationsOf(context, name));
  if (begun !== undefined)
    await finish(context, { what: `go on with the change of ${name}`, usually: '1–15 min' }, begun);
  await whenIdle(context, name);
  const live = await readInstance(context, name);
  if (live?.settings?.activationPolicy === 'NEVER') {
    await patch(context, name, `start ${name}`, () => ({ settings: { activationPolicy: 'ALWAYS' } }), '1–5 min');
  }
  await waitForInstance(context, name);
}

/** What goes together: all but version, machine and pooler. */
function rest(work: Work, live: Instance): Body {
  const { values } = work;
  const fields = bodyOf(values, live, field => !MACHINE.includes(field) && field !== 'engine_version');
  const labels = labelsPatch(live.settings?.userLabels, work);
  const flags = changesFlags(values) ? { databaseFlags: flagsAfter(live.settings?.databaseFlags ?? [], values) } : {};
  const own: Body = { settings: defined({ userLabels: labels, ...flags }) };
  return Object.keys(own.settings ?? {}).length === 0 ? fields : joined(fields, own);
}

/**
 * One change of the settings, when there is anything to send: made of the instance as it is at that moment, whose version of the settings goes
 * along, so that nobody else's change is lost.
 */
export async function patch(
  context: GcpContext,
  name: string,
  what: string,
  bodyFor: (live: Instance) => Body,
  usually = 'a minute or two'
): Promise<void> {
  const { gcp } = context;
  const before = await readInstance(context, name);
  if (before === undefined || Object.keys(bodyFor(before)).length === 0) return;
  let version: string | undefined;
  let replaces = false;
  await mutate(context, {
    what,
    instance: name,
    usually,
    permission: 'cloudsql.instances.update',
    type: ['UPDATE', 'MAJOR_VERSION_UPGRADE'],
    send: async (sdk, options) => {
      const place = { project: gcp.project, instance: name };
      return replaces ? sdk.instances.update(place, options) : sdk.instances.patch(place, options);
    },
    body: async () => {
      const live = (await readInstance(context, name)) ?? before;
      version = live.settings?.settingsVersion;
      const body = bodyFor(live);
      // An upgrade is asked for alone.
      const change = body.settings === undefined ? body : joined(body, { settings: { settingsVersion: version } });
      replaces = takesAway(change);
      return replaces ? whole(live, change) : change;
    }
  });
  await waitForInstance(context, name, live => live.settings?.settingsVersion !== version);
}

/** Whether a label is to go. A PATCH can only add labels: by the API's description it takes text, and no `null`. */
function takesAway({ settings = {} }: Body): boolean {
  const labels = settings['userLabels'] ?? {};
  return Object.values(labels).includes(null);
}

/** All settings as they are to be, for a PUT: what is not in them would go back to its default. */
function whole(live: Instance, change: Body): Body {
  const { settings = {}, ...others } = joined({ settings: { ...live.settings } }, change);
  const { collation: _fixed, ...changeable } = settings;
  const labels = Object.entries(settings['userLabels'] ?? {}).filter(([, value]) => value !== null);
  // What it says of TLS in the older form follows from the newer one, and would contradict a change of that.
  const { requireSsl: _older, ...network } = (settings['ipConfiguration'] ?? {}) as Readonly<Record<string, unknown>>;
  // Where the log lies is Google's to say.
  const { transactionalLogStorageState: _place, ...backups } = (settings['backupConfiguration'] ?? {}) as Body;
  return {
    // Settings that hold a pooler are only taken together with the version.
    ...(settings['connectionPoolConfig'] === undefined ? {} : { databaseVersion: live.databaseVersion }),
    ...others,
    settings: {
      ...changeable,
      backupConfiguration: backups,
      ipConfiguration: network,
      userLabels: Object.fromEntries(labels)
    }
  };
}

function changesFlags(values: Values): boolean {
  return (
    values['iam_database_authentication_enabled'] !== undefined ||
    Object.keys(values).some(field => field.startsWith(PREFIX))
  );
}

/** All flags after a step. Cloud SQL replaces the whole list, so what others set goes along. */
export function flagsAfter(live: readonly DatabaseFlag[], values: Values): readonly DatabaseFlag[] {
  const after = new Map(live.map(one => [one.name, one]));
  const iam = values['iam_database_authentication_enabled'];
  const changes = Object.entries(values).flatMap(([field, value]) =>
    field.startsWith(PREFIX) ? [[field.slice(PREFIX.length), value === null ? null : textOf(value)] as const] : []
  );
  const all = iam === undefined ? changes : [...changes, [IAM_FLAG, iam === true ? 'on' : null] as const];
  for (const [name, value] of all) {
    if (value === null) after.delete(name);
    else after.set(name, { name, value });
  }
  return [...after.values()];
}

/** The pooler after a step; empty when the step says nothing of it. */
export function poolAfter(
  live: ConnectionPoolConfig | undefined,
  values: Values
): { readonly connectionPoolConfig?: ConnectionPoolConfig } {
  const flags = new Map((live?.flags ?? []).map(one => [one.name, one]));
  const changed = Object.entries(values).filter(([field]) => field.startsWith(POOL));
  if (changed.length === 0 && values['enable_proxy'] === undefined) return {};
  for (const [field, value] of changed) {
    const name = field.slice(POOL.length);
    if (value === null) flags.delete(name);
    else flags.set(name, { name, value: textOf(value) });
  }
  const enabled = values['enable_proxy'] ?? live?.connectionPoolingEnabled === true;
  return { connectionPoolConfig: { connectionPoolingEnabled: enabled === true, flags: [...flags.values()] } };
}

/** Cloud SQL wants the version of the database beside a change of the pooler. */
function poolBody(values: Values, live: Instance): Body {
  const part = poolAfter(live.settings?.connectionPoolConfig, values);
  if (part.connectionPoolConfig === undefined) return {};
  return { databaseVersion: live.databaseVersion, settings: { ...part } };
}

/** Labels that a step changes; `null` takes one away. Those that others put there are not named, and stay. */
function labelsPatch(live: Labels | undefined, work: Work): Readonly<Record<string, string | null>> | undefined {
  const isTakenOver = !isMarked(live ?? {}, work.mark) || (live !== undefined && UNFINISHED in live);
  const dropped = Object.fromEntries(tagsDropped(work.values).map(key => [key, null]));
  const labels = {
    ...dropped,
    ...(isTakenOver ? { ...markPatch(live, markLabels(work.mark)), ...withoutVersion(live) } : {}),
    ...tagsIn(work.values),
    ...versionLabel(work.values)
  };
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** A copy has the version of its source's password, and not that password any more. */
function withoutVersion(live: Labels | undefined): Readonly<Record<string, null>> {
  return live !== undefined && PASSWORD_VERSION in live ? { [PASSWORD_VERSION]: null } : {};
}

/** The labels that bring a mark to what it is to be; what is left of an older, longer one goes. */
export function markPatch(live: Labels | undefined, mark: Labels): Readonly<Record<string, string | null>> {
  const old = Object.keys(live ?? {}).filter(key => isOurs(key) && key !== PASSWORD_VERSION && !(key in mark));
  const changed = Object.entries(mark).filter(([key, value]) => live?.[key] !== value);
  return { ...Object.fromEntries(old.map(key => [key, null])), ...Object.fromEntries(changed) };
}
