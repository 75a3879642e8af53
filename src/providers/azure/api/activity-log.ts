import type { AzureContext } from '../context.ts';

/** The permission of `activityOf`. */
export const READ_ACTIVITY = 'Microsoft.Insights/eventtypes/values/read';

/** The end of a call, as the activity log keeps it for 90 days. */
export interface Activity {
  readonly caller?: string;
  readonly claims?: Readonly<Record<string, string>>;
  readonly eventTimestamp?: string;
  readonly operationName?: { readonly value?: string };
  readonly resourceId?: string;
  readonly submissionTimestamp?: string;
  readonly status?: { readonly value?: string };
}

interface Span {
  readonly since: Date;
  /** Default: up to now. */
  readonly until?: Date;
  /** Only what was done to this resource. Default: all of the resource group. */
  readonly resourceId?: string;
}

const FIELDS = 'caller,claims,eventTimestamp,operationName,resourceId,status,submissionTimestamp';

/**
 * The calls that succeeded in a span of time, in no order. The log is some minutes behind.
 * https://learn.microsoft.com/rest/api/monitor/activity-logs/list
 */
export async function activityOf(
  { azure, resourceGroup }: Pick<AzureContext, 'azure' | 'resourceGroup'>,
  { since, until, resourceId }: Span
): Promise<readonly Activity[]> {
  const filter = [
    `eventTimestamp ge '${since.toISOString()}'`,
    ...(until === undefined ? [] : [`eventTimestamp le '${until.toISOString()}'`]),
    resourceId === undefined ? `resourceGroupName eq '${resourceGroup}'` : `resourceUri eq '${resourceId}'`
  ].join(' and ');
  const path =
    `/subscriptions/${azure.subscription}/providers/Microsoft.Insights/eventtypes/management/values` +
    `?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}&$select=${FIELDS}`;
  const events = (await azure.list(READ_ACTIVITY, path)) as readonly Activity[];
  // Each call is written as it begins and as it ends.
  return events.filter(({ status }) => status?.value === 'Succeeded');
}

/** Whether it is a call of this operation: `…/flexibleServers/restart/action`. */
export function isOf({ operationName }: Activity, operation: string): boolean {
  return operationName?.value?.toLowerCase() === operation.toLowerCase();
}

/** The last of some moments in ISO 8601. */
export function lastOf(moments: readonly (string | undefined)[]): string | undefined {
  return moments
    .flatMap(at => at ?? [])
    .toSorted()
    .at(-1);
}
