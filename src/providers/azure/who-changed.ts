import type { AuditTrail, RecordedEvent } from '../../engine/audit-trail.ts';
import { readAuditTrail, TRAIL_DAYS } from '../read-audit-trail.ts';
import { READ_ACTIVITY } from './checks/deleted-server.ts';
import type { AzureContext } from './context.ts';

interface Event {
  readonly caller?: string;
  readonly claims?: Readonly<Record<string, string>>;
  readonly eventTimestamp?: string;
  readonly operationName?: { readonly value?: string };
  readonly resourceId?: string;
  readonly status?: { readonly value?: string };
}

/** The claim of a token that names the application, and the one that names who it was given to. */
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

/**
 * Who changed the server or what lies in it, by the activity log of its resource group. Events that this job's own
 * identity caused count as this action's: the log does not say by which program it was used.
 */
export async function whoChanged(context: AzureContext): Promise<AuditTrail> {
  const { azure, resourceGroup, serverId, execution } = context;
  const now = execution.clock.now();
  const since = new Date(now.getTime() - (TRAIL_DAYS - 1) * 86_400_000).toISOString();
  const filter = `eventTimestamp ge '${since}' and eventTimestamp le '${now.toISOString()}' and resourceGroupName eq '${resourceGroup}'`;
  const select = 'caller,claims,eventTimestamp,operationName,resourceId,status';
  const path =
    `/subscriptions/${azure.subscription}/providers/Microsoft.Insights/eventtypes/management/values` +
    `?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}&$select=${select}`;
  return readAuditTrail('the Activity Log', READ_ACTIVITY, async () => {
    const [events, own] = await Promise.all([azure.list(READ_ACTIVITY, path), azure.caller()]);
    return (events as readonly Event[]).flatMap(event => eventOf(event, serverId, own));
  });
}

function eventOf(event: Event, serverId: string, own: ReadonlySet<string>): readonly RecordedEvent[] {
  const { caller, claims = {}, eventTimestamp: at, operationName, resourceId = '', status } = event;
  const what = operationName?.value;
  const isHere = `${resourceId.toLowerCase()}/`.startsWith(`${serverId.toLowerCase()}/`);
  // Each call is written as it begins and as it ends.
  if (!isHere || at === undefined || what === undefined || status?.value !== 'Succeeded') return [];
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
