import type { AuditTrail, RecordedEvent } from '../../engine/audit-trail.ts';
import { serverTime } from '../../engine/server-time.ts';
import { readAuditTrail, TRAIL_DAYS } from '../read-audit-trail.ts';
import type { GcpContext } from './context.ts';

/** The permission to read the audit log of administrators. */
export const READ_AUDIT_LOG = 'logging.logEntries.list';

interface Entry {
  readonly timestamp?: string;
  readonly resource?: { readonly labels?: { readonly database_id?: string } };
  readonly operation?: { readonly first?: boolean; readonly last?: boolean };
  readonly protoPayload?: {
    readonly methodName?: string;
    readonly resourceName?: string;
    readonly authenticationInfo?: { readonly principalEmail?: string };
    readonly requestMetadata?: { readonly callerSuppliedUserAgent?: string };
    readonly status?: { readonly code?: number };
  };
}

/**
 * Who changed the instance, by the audit log that every project keeps and that cannot be switched off. A long operation
 * is written twice, at its begin and its end: the begin counts. https://cloud.google.com/sql/docs/audit-logging
 */
export async function whoChanged(context: GcpContext): Promise<AuditTrail> {
  const { gcp, project, name, execution } = context;
  const since = new Date(serverTime(execution).getTime() - TRAIL_DAYS * 86_400_000).toISOString();
  const filter = [
    `logName="projects/${project}/logs/cloudaudit.googleapis.com%2Factivity"`,
    'resource.type="cloudsql_database"',
    `resource.labels.database_id="${project}:${name}"`,
    `timestamp>="${since}"`
  ].join(' AND ');
  return readAuditTrail('Cloud Audit Logs', READ_AUDIT_LOG, async () => {
    const { entries = [] } = await gcp.rest<{ readonly entries?: readonly Entry[] }>(
      'logging',
      'POST',
      '/v2/entries:list',
      { permission: READ_AUDIT_LOG, subject: name },
      { body: { resourceNames: [`projects/${project}`], filter, orderBy: 'timestamp desc', pageSize: 100 } }
    );
    return entries.flatMap(entry => eventOf(entry, name));
  });
}

function eventOf({ timestamp, operation, protoPayload = {} }: Entry, name: string): readonly RecordedEvent[] {
  const { methodName, authenticationInfo, requestMetadata, status } = protoPayload;
  const isEnd = operation?.last === true && operation.first !== true;
  const isFailed = (status?.code ?? 0) !== 0;
  if (timestamp === undefined || methodName === undefined || isEnd || isFailed) return [];
  return [
    {
      at: timestamp,
      by: authenticationInfo?.principalEmail ?? 'Google Cloud itself',
      what: methodName,
      on: `server ${name}`,
      isOwn: requestMetadata?.callerSuppliedUserAgent?.includes('pgkeep') ?? false
    }
  ];
}
