/** One change of a resource, as a cloud's audit trail tells it. */
export interface AuditEvent {
  /** ISO 8601. */
  readonly at: string;
  /** A user, a role or a service account, as the cloud names it. */
  readonly by: string;
  /** The call: `ModifyDBInstance`. */
  readonly what: string;
  /** In words: `server orders`. */
  readonly on: string;
}

/** What an audit trail says of a database since the last change of this action. */
export interface AuditTrail {
  /** As the cloud calls it: `CloudTrail`. */
  readonly name: string;
  /** Newest first, each change once. */
  readonly events: readonly AuditEvent[];
  /** The permission that it takes to read it, where it may not be read. */
  readonly missing?: string;
}

/** An event with what tells whether it was this action's. */
export interface RecordedEvent extends AuditEvent {
  readonly isOwn: boolean;
}

/** What others changed after the last change of this action: newest first, and what one call wrote twice once. */
export function sinceOwn(recorded: readonly RecordedEvent[]): readonly AuditEvent[] {
  const newest = [...recorded].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const own = newest.findIndex(({ isOwn }) => isOwn);
  const events = (own === -1 ? newest : newest.slice(0, own)).map(({ isOwn: _own, ...event }) => event);
  return [...new Map(events.map(event => [Object.values(event).join('\n'), event])).values()];
}
