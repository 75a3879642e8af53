import { text, type Json } from './json.ts';
import { GcpFault } from './fault.ts';
import type { CloudState } from './state.ts';

/** What a call of Cloud SQL leaves in the audit log: an entry as the operation begins, and one as it ends. */
export function auditEntries(cloud: CloudState, action: string, path: string, userAgent: string): readonly Json[] {
  const instance = /\/instances\/([^/]+)/.exec(path)?.[1];
  if (instance === undefined) return [];
  const entry = (operation: Json): Json =>
    auditEntry(cloud, instance, {
      action: `cloudsql.${action}`,
      by: 'deployer@shop-project.iam.gserviceaccount.com',
      userAgent,
      operation
    });
  return [entry({ first: true }), entry({ last: true })];
}

export function auditEntry(
  cloud: CloudState,
  instance: string,
  event: { readonly action: string; readonly by: string; readonly userAgent?: string; readonly operation?: Json }
): Json {
  return {
    logName: `projects/${cloud.project}/logs/cloudaudit.googleapis.com%2Factivity`,
    resource: { type: 'cloudsql_database', labels: { database_id: `${cloud.project}:${instance}` } },
    timestamp: cloud.now(),
    operation: event.operation ?? { first: true },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'cloudsql.googleapis.com',
      methodName: event.action,
      authenticationInfo: { principalEmail: event.by },
      requestMetadata: { callerSuppliedUserAgent: event.userAgent ?? 'Mozilla/5.0' }
    }
  };
}

/** `entries.list`, newest first, for the filters of one instance. */
export function listEntries(cloud: CloudState, body: Json): Json {
  const filter = text(body['filter']);
  const id = /resource\.labels\.database_id="([^"]+)"/.exec(filter)?.[1];
  const since = /timestamp>="([^"]+)"/.exec(filter)?.[1] ?? '';
  const isOfLog = filter.includes(`logName="projects/${cloud.project}/logs/cloudaudit.googleapis.com%2Factivity"`);
  if (id === undefined || !isOfLog || body['orderBy'] !== 'timestamp desc') {
    throw new GcpFault(400, 'INVALID_ARGUMENT', `Unparseable filter: ${filter}`);
  }
  const found = cloud.trail.filter(entry => {
    const { resource, timestamp } = entry as { resource: { labels: { database_id: string } }; timestamp: string };
    return resource.labels.database_id === id && timestamp >= since;
  });
  return { entries: found.toReversed() };
}
