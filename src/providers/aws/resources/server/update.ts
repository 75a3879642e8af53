import type { DBInstance } from '@aws-sdk/client-rds';
import { sendApart, type Part } from '../../../../engine/apart.ts';
import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { stringOf, textOf, type Value } from '../../../../engine/value.ts';
import { ActionError, ProviderError } from '../../../../errors.ts';
import { GONE_FIRST } from '../../../operations.ts';
import { instanceFacts, instanceValues, modifyMembers, queuedValues } from './convert.ts';
import type { AwsContext } from '../../context.ts';
import { switchOver } from '../../operations/switchover.ts';
import { CARRIED, isBlueGreen, prepareGreen } from './blue-green.ts';
import { notePassword, PROPAGATION } from './create.ts';
import type { SERVER_FIELDS, ServerField, ServerValues } from './fields.ts';
import { isAtLeast, isRebootPending, REPAIRABLE } from './state.ts';
import { batchesOf, smallerBatches, type Batch } from './update-batches.ts';
import {
  describeInstance,
  lastEvents,
  MOST_STALE,
  retryWhileModifying,
  waitForInstance,
  type InstanceRef
} from './wait.ts';
import { tagRds } from '../../api/tagging.ts';
import { REPLICA_ID } from '../../api/tags.ts';

/** The step of a server or of a replica. */
export type InstanceWork = Pick<Work<typeof SERVER_FIELDS>, 'values' | 'observed' | 'mark' | 'execution'>;

/** Changes the server as planned, waits for immediate changes, and reboots it where that is allowed and needed. */
export async function updateInstance(context: AwsContext, work: Work<typeof SERVER_FIELDS>): Promise<Facts> {
  return instanceFacts(await changeInstance(context, work, { id: context.names.instance }));
}

/**
 * As `updateInstance`, for replicas too. Throws the first refusal after everything else was changed: a refused part
 * does not take the others along.
 */
export async function changeInstance(context: AwsContext, work: InstanceWork, ref: InstanceRef): Promise<DBInstance> {
  let live = await ready(context, work, ref);
  const withMark = ref.id === context.names.instance ? {} : { [REPLICA_ID]: ref.id };
  if (live.DBInstanceArn !== undefined)
    await tagRds(context, work, live.DBInstanceArn, { region: ref.region, withMark });

  const part = (batch: Batch): Part => ({
    send: async () => {
      live = await send(context, work, ref, batch, live);
      if ('master_password' in batch.values) await notePassword(context, work.values, live);
    },
    // RDS has taken what it then ignores: sent again, it would be ignored again.
    smaller: refusal => (refusal.kind === 'failed' ? [] : smallerBatches(batch).map(part))
  });
  const restart = async (): Promise<void> => {
    live = await rebootIfNeeded(context, work, ref, live);
  };
  // The server is left as it is: its copy gets the new class and storage.
  const carried = isBlueGreen(context) && ref.id === context.names.instance ? CARRIED : [];
  await sendApart(context.execution, [...batchesOf(work.values, live, carried).map(part), { send: restart }]);
  if (typeof work.values.switchover !== 'string') return live;
  await switchOver(context, work.execution, work.values.switchover);
  return ready(context, work, ref);
}

async function send(
  context: AwsContext,
  work: InstanceWork,
  ref: InstanceRef,
  { values, isUpgrade }: Batch,
  live: DBInstance
): Promise<DBInstance> {
  const rotatesOnline = work.observed?.facts['rotatesWithoutRestart'] === true && 'ca_certificate_identifier' in values;
  const members = {
    ...modifyMembers(values, live),
    ...(isUpgrade ? { AllowMajorVersionUpgrade: true } : {}),
    ...(rotatesOnline ? { CertificateRotationRestart: false } : {})
  };
  if (Object.keys(members).length === 0) return live;
  if (isUpgrade && isBlueGreen(context) && ref.id === context.names.instance) {
    const version = textOf(values.engine_version);
    const parameterGroup = stringOf(values.parameter_group);
    await prepareGreen(context, work, live, { version, parameterGroup, values });
    return live;
  }
  await modify(context, work, ref, members);
  const changed = await waitForInstance(context, work.execution, ref, {
    what: `change ${ref.id}`,
    usually: isUpgrade ? '20–60 min' : '5–15 min',
    now: context.options.applyImmediately,
    bearable: ['storage-full'],
    // The reboot at the end repairs it.
    accepts: ['incompatible-parameters'],
    shows: showing(values)
  });
  await refuseIgnored(context, ref, values, changed);
  return changed;
}

/** Waits until the instance can be changed. */
async function ready(context: AwsContext, work: InstanceWork, ref: InstanceRef): Promise<DBInstance> {
  const now = await describeInstance(context, ref);
  if (now?.DBInstanceStatus === 'deleting') {
    throw new ActionError(`Could not change ${ref.id}: it is being deleted`, {
      code: 'not-found',
      source: 'user',
      hint: GONE_FIRST
    });
  }
  return waitForInstance(context, work.execution, ref, {
    what: `instance ${ref.id}`,
    usually: now?.DBInstanceStatus === 'creating' ? '5–20 min' : 'some minutes',
    accepts: REPAIRABLE
  });
}

async function modify(
  context: AwsContext,
  work: InstanceWork,
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
 * The checks before an upgrade give it up as well:
 * https://repost.aws/knowledge-center/rds-postgresql-version-upgrade-issues
 */
const SOMETIMES_IGNORED: readonly ServerField[] = ['engine_version', 'instance_class', 'multi_az', 'storage_type'];

/** Whether a read shows these values, live or queued. One that RDS has dropped never shows: that is told afterwards. */
function showing(values: ServerValues): (live: DBInstance) => boolean {
  let reads = 0;
  return live => {
    reads += 1;
    const shown = { ...instanceValues(live), ...queuedValues(live) };
    return (
      reads > MOST_STALE || !SOMETIMES_IGNORED.some(name => name in values && !isSame(name, values[name], shown[name]))
    );
  };
}

function isSame(name: ServerField, asked: Value | undefined, shown: Value | undefined): boolean {
  // `16` is asked for where the versions on offer may not be read.
  if (name === 'engine_version') return isAtLeast(textOf(shown), textOf(asked));
  return textOf(asked).toLowerCase() === textOf(shown).toLowerCase();
}

/** RDS accepts some changes, tries them and gives up without an error: only the event log reports it. */
async function refuseIgnored(
  context: AwsContext,
  ref: InstanceRef,
  values: ServerValues,
  live: DBInstance
): Promise<void> {
  if (!context.options.applyImmediately) return;
  const now = instanceValues(live);
  const ignored = SOMETIMES_IGNORED.find(name => name in values && !isSame(name, values[name], now[name]));
  if (ignored === undefined) return;
  const events = await lastEvents(context, ref);
  throw new ProviderError(
    `Could not change ${ref.id}: RDS accepted ${ignored} ${textOf(values[ignored])} and left it at ${textOf(now[ignored])}${
      events === '' ? '' : `. AWS says: ${events}`
    }`,
    {
      kind: 'failed',
      hint:
        ignored === 'engine_version'
          ? 'Read the events of the instance and its log `pg_upgrade_precheck.log` in the RDS console. Remove the cause, then apply again.'
          : 'Read the events of the instance in the RDS console; choose another value, or try again later.'
    }
  );
}

/** Without failover: a newly associated parameter group takes effect by a reboot only. */
async function rebootIfNeeded(
  context: AwsContext,
  work: InstanceWork,
  ref: InstanceRef,
  live: DBInstance
): Promise<DBInstance> {
  const isBroken = live.DBInstanceStatus === 'incompatible-parameters';
  if (!isBroken && (context.options.allowRestart !== true || !isRebootPending(live))) return live;
  return reboot(context, work, ref);
}

/** Reboots an instance and waits until it is back. */
export async function reboot(
  context: AwsContext,
  work: Pick<Work, 'execution'>,
  ref: InstanceRef
): Promise<DBInstance> {
  await retryWhileModifying(context, work.execution, ref, async () =>
    context.call('rds', 'RebootDBInstance', { DBInstanceIdentifier: ref.id }, where(ref))
  );
  return waitForInstance(context, work.execution, ref, { what: `reboot ${ref.id}`, usually: '1–2 min' });
}

function where({ region }: InstanceRef): { readonly region?: string } {
  return defined({ region });
}
