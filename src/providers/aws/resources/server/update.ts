import type { DBInstance } from '@aws-sdk/client-rds';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { ActionError, ProviderError } from '../../../../errors.ts';
import { instanceFacts, instanceValues, modifyMembers } from './convert.ts';
import type { AwsContext } from '../../context.ts';
import { notePassword, PROPAGATION } from './create.ts';
import { isRebootPending } from './state.ts';
import { describeInstance, lastEvents, waitForInstance, retryWhileModifying, type InstanceRef } from './wait.ts';
import { majorOf } from '../../live-state.ts';
import { tagRds } from '../../api/tagging.ts';

type Values = Readonly<Record<string, Value>>;

/** States in which an instance can be mended by what this step changes. */
const MENDABLE = ['storage-full', 'incompatible-parameters'];

/** Brings the server to what the plan says, waits for what is to happen now, and reboots it where that is allowed and needed. */
export async function updateInstance(context: AwsContext, work: Work): Promise<Facts> {
  return instanceFacts(await changeInstance(context, work, { id: context.names.instance }));
}

/** As `updateInstance`, for replicas too. */
export async function changeInstance(context: AwsContext, work: Work, ref: InstanceRef): Promise<DBInstance> {
  const { execution } = work;
  let live = await ready(context, work, ref);
  if (live.DBInstanceArn !== undefined) await tagRds(context, work, live.DBInstanceArn, ref.region);

  const { upgrade, rest } = separated(work.values, live);
  for (const values of [upgrade, rest]) {
    const members = { ...modifyMembers(values, live), ...(values === upgrade ? allowed(upgrade) : {}) };
    if (Object.keys(members).length === 0) continue;
    await modify(context, work, ref, members);
    live = await waitForInstance(context, execution, ref, {
      what: `change ${ref.id}`,
      usually: values === upgrade ? '20–60 min' : '5–15 min',
      now: context.options.applyImmediately,
      bearable: MENDABLE
    });
    await refuseIgnored(context, ref, values, live);
  }
  await notePassword(context, work.values, live);
  return rebootIfNeeded(context, work, ref, live);
}

/** Waits until the instance can be changed; starts it when it was stopped. */
async function ready(context: AwsContext, work: Work, ref: InstanceRef): Promise<DBInstance> {
  const now = await describeInstance(context, ref);
  if (now?.DBInstanceStatus === 'deleting') {
    throw new ActionError(`Change ${ref.id}: it is being deleted`, {
      code: 'not-found',
      source: 'user',
      hint: 'Run the workflow again when it is gone: it will then be made anew.'
    });
  }
  if (now?.DBInstanceStatus === 'stopped') {
    await retryWhileModifying(context, work.execution, ref, async () =>
      context.call('rds', 'StartDBInstance', { DBInstanceIdentifier: ref.id }, where(ref))
    );
  }
  return waitForInstance(context, work.execution, ref, {
    what: `instance ${ref.id}`,
    usually: now?.DBInstanceStatus === 'creating' ? '5–20 min' : 'some minutes',
    bearable: MENDABLE
  });
}

async function modify(
  context: AwsContext,
  work: Work,
  ref: InstanceRef,
  members: Record<string, unknown>
): Promise<void> {
  await retryWhileModifying(context, work.execution, ref, async () =>
    context.call(
      'rds',
      'ModifyDBInstance',
      { ...members, DBInstanceIdentifier: ref.id, ApplyImmediately: context.options.applyImmediately },
      { ...PROPAGATION, ...where(ref), attempts: 3 }
    )
  );
}

/**
 * A major upgrade goes alone and first, with the groups of its own family: RDS refuses a group of another family, and a class that the
 * version of today does not know.
 */
function separated(values: Values, live: DBInstance): { readonly upgrade: Values; readonly rest: Values } {
  const version = values['engine_version'];
  if (typeof version !== 'string' || majorOf(version) === majorOf(live.EngineVersion ?? '0'))
    return { upgrade: {}, rest: values };
  const along = ['engine_version', 'parameter_group', 'option_group'];
  const entries = Object.entries(values);
  return {
    upgrade: Object.fromEntries(entries.filter(([name]) => along.includes(name))),
    rest: Object.fromEntries(entries.filter(([name]) => !along.includes(name)))
  };
}

/** The plan was refused unless the workflow allowed a major upgrade: RDS wants to hear it too. */
function allowed(upgrade: Values): Record<string, unknown> {
  return 'engine_version' in upgrade ? { AllowMajorVersionUpgrade: true } : {};
}

/** What RDS accepts, tries and gives up without an error: the event log alone says so. */
async function refuseIgnored(context: AwsContext, ref: InstanceRef, values: Values, live: DBInstance): Promise<void> {
  if (!context.options.applyImmediately) return;
  const now = instanceValues(live);
  const ignored = ['instance_class', 'multi_az', 'storage_type'].find(
    name => name in values && textOf(values[name]).toLowerCase() !== textOf(now[name]).toLowerCase()
  );
  if (ignored === undefined) return;
  const words = await lastEvents(context, ref);
  throw new ProviderError(
    `Change ${ref.id}: RDS accepted ${ignored} ${textOf(values[ignored])} and left it at ${textOf(now[ignored])}${
      words === '' ? '' : `. AWS says: ${words}`
    }`,
    {
      kind: 'failed',
      hint: 'Read the events of the instance in the RDS console; choose another value, or try again later.'
    }
  );
}

/** Without failover: only that lets a newly associated parameter group take effect. */
async function rebootIfNeeded(
  context: AwsContext,
  work: Work,
  ref: InstanceRef,
  live: DBInstance
): Promise<DBInstance> {
  const broken = live.DBInstanceStatus === 'incompatible-parameters';
  if (!broken && (context.options.allowRestart !== true || !isRebootPending(live))) return live;
  return reboot(context, work, ref);
}

/** Reboots an instance and waits until it is back. */
export async function reboot(context: AwsContext, work: Work, ref: InstanceRef): Promise<DBInstance> {
  await retryWhileModifying(context, work.execution, ref, async () =>
    context.call('rds', 'RebootDBInstance', { DBInstanceIdentifier: ref.id }, where(ref))
  );
  return waitForInstance(context, work.execution, ref, { what: `reboot ${ref.id}`, usually: '1–2 min' });
}

function where({ region }: InstanceRef): { readonly region?: string } {
  return region === undefined ? {} : { region };
}
