import type { AuditTrail, RecordedEvent } from '../../engine/audit-trail.ts';
import type { Observed } from '../../engine/resource.ts';
import { serverTime } from '../../engine/server-time.ts';
import { readAuditTrail, TRAIL_DAYS } from '../read-audit-trail.ts';
import { SERVER } from './addresses.ts';
import type { AwsContext } from './context.ts';

/** The permission to look up events of the account. */
export const READ_EVENTS = 'cloudtrail:LookupEvents';

/** AWS allows two look-ups a second: of more resources than this, the others are left out. */
const MOST_LOOK_UPS = 3;

interface Event {
  readonly EventName?: string;
  /** Seconds. */
  readonly EventTime?: number;
  readonly Username?: string;
  readonly ReadOnly?: string;
  /** The whole event as JSON. */
  readonly CloudTrailEvent?: string;
}

interface Details {
  readonly userAgent?: string;
  readonly errorCode?: string;
  readonly userIdentity?: { readonly arn?: string; readonly invokedBy?: string };
}

/**
 * Who changed the resources, by the events that CloudTrail keeps of every account for 90 days without being set up.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export async function whoChanged(
  context: AwsContext,
  observed: readonly Observed[],
  addresses: readonly string[]
): Promise<AuditTrail> {
  const resources = addresses.flatMap(address => resourceAt(context, observed, address)).slice(0, MOST_LOOK_UPS);
  const since = Math.floor(serverTime(context.execution).getTime() / 1000) - TRAIL_DAYS * 86_400;
  return readAuditTrail('CloudTrail', READ_EVENTS, async () => {
    const events: RecordedEvent[] = [];
    for (const { name, title } of resources) {
      const { Events: found = [] } = await context.aws.signed<{ readonly Events?: readonly Event[] }>('LookupEvents', {
        service: 'cloudtrail',
        target: 'CloudTrail_20131101.LookupEvents',
        input: {
          LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: name }],
          StartTime: since,
          MaxResults: 50
        }
      });
      events.push(...found.flatMap(event => eventOf(event, title)));
    }
    return events;
  });
}

/** The name under which CloudTrail keeps a resource: of a security group its id. */
function resourceAt(
  { names }: AwsContext,
  observed: readonly Observed[],
  address: string
): readonly { readonly name: string; readonly title: string }[] {
  const live = observed.find(one => one.address === address);
  const name = address === SERVER ? names.instance : (live?.facts['id'] ?? live?.facts['name']);
  return typeof name === 'string' ? [{ name, title: live?.title ?? `server ${name}` }] : [];
}

function eventOf(event: Event, title: string): readonly RecordedEvent[] {
  const { EventName: what, EventTime: seconds, Username: user, ReadOnly: isRead } = event;
  const { userAgent, errorCode, userIdentity } = detailsOf(event);
  if (what === undefined || seconds === undefined || isRead === 'true' || errorCode !== undefined) return [];
  return [
    {
      at: new Date(seconds * 1000).toISOString(),
      by: userIdentity?.arn ?? user ?? userIdentity?.invokedBy ?? 'AWS itself',
      what,
      on: title,
      isOwn: userAgent?.includes('pgkeep') ?? false
    }
  ];
}

function detailsOf({ CloudTrailEvent: json = '{}' }: Event): Details {
  try {
    return JSON.parse(json) as Details;
  } catch {
    return {};
  }
}
