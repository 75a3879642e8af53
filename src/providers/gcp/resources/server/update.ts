import { defined } from '../../../../engine/defined.ts';
import type { Facts } from '../../../../engine/resource.ts';
import { finish, unfinishedIn, whenIdle } from '../../api/operation.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { operationsOf, readInstance } from '../../live-state.ts';
import { ownUser, renewPassword, setPassword, SUPERUSER } from '../password.ts';
import { instanceFacts } from './convert.ts';
import { joined, type Body } from './field.ts';
import type { ServerWork } from './fields.ts';
import { changesFlags, flagsAfter } from './flag-change.ts';
import { labelsPatch } from './label-change.ts';
import { patch } from './patch.ts';
import { poolBody } from './pooling.ts';
import { bodyOf } from './values.ts';
import { waitForInstance } from './wait.ts';

/** The changes of an instance, and the mark that it should carry. */
export type InstanceWork = Pick<ServerWork, 'values' | 'mark'>;

/** Cloud SQL changes the machine in an operation of its own. */
const MACHINE: readonly string[] = ['instance_class', 'edition'];

/** Applies the planned changes to the server, in as many operations as Cloud SQL needs. */
export async function updateInstance(context: GcpContext, work: ServerWork): Promise<Facts> {
  const { name } = context;
  if (work.observed?.fields.state === 'UNFINISHED_COPY') await renewPassword(context);
  const { master_password: password, master_password_version: version } = work.values;
  if (version !== undefined && typeof password === 'string') {
    if (work.values.state !== undefined) await wake(context, name);
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
  if (values.state !== undefined) await wake(context, name);
  const machine = async (): Promise<void> =>
    patch(context, name, `resize ${name}`, live => bodyOf(values, live, field => MACHINE.includes(field)), '1–5 min');
  const settings = async (): Promise<void> => patch(context, name, `change ${name}`, live => rest(work, live));
  const pool = async (): Promise<void> =>
    patch(context, name, `pooling of ${name}`, live => poolBody(values, live), '1–5 min');

  if (version !== undefined) {
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
  }
  // Settings that only Enterprise Plus allows are removed before the edition changes.
  const steps = values.edition === 'ENTERPRISE' ? [pool, settings, machine] : [machine, settings, pool];
  for (const step of steps) await step();
}

/** Starts a stopped instance, and waits for the operation that an earlier run began. Fails if that operation fails. */
async function wake(context: GcpContext, name: string): Promise<void> {
  const begun = unfinishedIn(await operationsOf(context, name));
  if (begun !== undefined)
    await finish(context, { what: `continue the change of ${name}`, usually: '1–15 min' }, begun);
  await whenIdle(context, name);
  const live = await readInstance(context, name);
  if (live?.settings?.activationPolicy === 'NEVER') {
    await patch(context, name, `start ${name}`, () => ({ settings: { activationPolicy: 'ALWAYS' } }), '1–5 min');
  }
  await waitForInstance(context, name);
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
