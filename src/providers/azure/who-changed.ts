import type { AuditTrail, RecordedEvent } from '../../engine/audit-trail.ts';
import { serverTime } from '../../engine/server-time.ts';
import { readAuditTrail, TRAIL_DAYS } from '../read-audit-trail.ts';
import { activityOf, READ_ACTIVITY, type Activity } from './api/activity-log.ts';
import type { AzureContext } from './context.ts';

/** The claim of a token that names the application, and the one that names who it was given to. */
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

/**
 * Who changed the server or what lies in it, by the activity log of its resource group. Events that this job's own
 * identity caused count as this action's: the log does not say by which program it was used.
 */
export async function whoChanged(context: AzureContext): Promise<AuditTrail> {
  const { azure, serverId, execution } = context;
  const until = serverTime(execution);
  const since = new Date(until.getTime() - (TRAIL_DAYS - 1) * 86_400_000);
  return readAuditTrail('the Activity Log', READ_ACTIVITY, async () => {
    const [calls, own] = await Promise.all([activityOf(context, { since, until }), azure.caller()]);
    return calls.flatMap(one => eventOf(one, serverId, own));
  });
}

function eventOf(event: Activity, serverId: string, own: ReadonlySet<string>): readonly RecordedEvent[] {
  const { caller, claims = {}, eventTimestamp: at, operationName, resourceId = '' } = event;
  const what = operationName?.value;
  const isHere = `${resourceId.toLowerCase()}/`.startsWith(`${serverId.toLowerCase()}/`);
  if (!isHere || at === undefined || what === undefined) return [];
  const names = [caller, claims['appid'], claims[OBJECT_ID]].filter(name => name !== undefined);
  const child = resourceId
    .slice(serverId.length)
    .split('/')
    .filter(part => part !== '');
  return [
    {
      at,
      by: claims['name'] ?? caller ?? 'Azure itself',
      what,
      on: [`server ${serverId.split('/').at(-1) ?? ''}`, ...child].join(' '),
      isOwn: names.some(name => own.has(name))
    }
  ];
}
