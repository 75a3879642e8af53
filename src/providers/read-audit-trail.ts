import { sinceOwn, type AuditTrail, type RecordedEvent } from '../engine/audit-trail.ts';
import { isFailure } from './failures.ts';

/** Days for which each cloud keeps what is asked for here, at the least. */
export const TRAIL_DAYS = 90;

/** An audit trail as `read` finds it; one that may not be read is a trail with its permission missing. */
export async function readAuditTrail(
  name: string,
  permission: string,
  read: () => Promise<readonly RecordedEvent[]>
): Promise<AuditTrail> {
  try {
    return { name, events: sinceOwn(await read()) };
  } catch (thrown) {
    if (isFailure(thrown, 'denied')) return { name, events: [], missing: permission };
    throw thrown;
  }
}
