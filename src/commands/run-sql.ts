import { ActionError, ProviderError } from '../errors.ts';
import type { OpenSession } from '../postgres/connection.ts';
import type { WayIn } from '../postgres/way-in.ts';
import type { Session } from '../providers/provider.ts';

/** Calls `use` with a way into the live server, and closes it. Throws `not-reachable` where there is none. */
export async function throughWayIn<T>(session: Session, what: string, use: (way: WayIn) => Promise<T>): Promise<T> {
  const way = await session.wayIn(await session.observe());
  if (way.kind === 'not-reachable') throw notReachable(what, way);
  try {
    return await use(way);
  } finally {
    await way.close();
  }
}

/** Calls `use` with a session of the server's user. Throws `not-reachable`, and what the server refuses. */
export async function inDatabase<T>(
  way: WayIn,
  { database, what, signal }: { readonly database: string; readonly what: string; readonly signal: AbortSignal },
  use: (session: OpenSession) => Promise<T>
): Promise<T> {
  const opened = await way.open({ database }, signal);
  if (opened.kind === 'not-reachable') throw notReachable(what, opened);
  try {
    return await use(opened.session);
  } finally {
    await opened.session.close();
  }
}

function notReachable(what: string, { why, hint }: { readonly why: string; readonly hint: string }): ActionError {
  return new ActionError(`Could not ${what}: ${why}`, { code: 'not-reachable', source: 'user', hint });
}

/** Whether a failure says something about the data, and not about the way to it. */
export function isAboutData(thrown: unknown): boolean {
  if (thrown instanceof ProviderError) {
    return thrown.kind !== 'transient' && thrown.kind !== 'unauthenticated' && thrown.code !== 'not-reachable';
  }
  return thrown instanceof ActionError && thrown.code === 'init-sql-failed';
}
