import { asActionError } from '../errors.ts';
import { serverTime } from '../engine/server-time.ts';
import type { OpenableServer, Session } from '../providers/provider.ts';
import type { Swept } from '../report/sweep-markdown.ts';
import type { Run } from './command.ts';

/**
 * Removes firewall rules that killed jobs of this repository left on a server and that have expired. Those of jobs that
 * may still run are kept. Nothing without `runner_access`, or where there is no server.
 */
export async function sweepRules({ execution, inputs }: Run, session: Session): Promise<readonly Swept[]> {
  const { runnerAccess: access, target } = session;
  if (access?.request === undefined) return [];
  const now = serverTime(execution).toISOString();
  const items = (await access.rules()).map(({ name, address, expiresAt }) => ({
    name,
    title: `rule ${name} of ${target.name}, for ${address}`,
    isExpired: expiresAt <= now,
    why: `${expiresAt <= now ? 'expired' : 'expires'} ${expiresAt}`
  }));
  const expired = items.filter(({ isExpired }) => isExpired);
  const outcomeOf = (isExpired: boolean, done: Swept['outcome']): Swept['outcome'] => (isExpired ? done : 'kept');
  const told = (done: Swept['outcome'], words?: string): readonly Swept[] =>
    items.map(({ title, isExpired, why }) => ({
      title,
      outcome: outcomeOf(isExpired, done),
      why: isExpired ? (words ?? why) : why
    }));
  if (inputs.options.dry_run || expired.length === 0) return told('removable');
  try {
    await access.dismiss(expired.map(({ name }) => name));
    return told('removed');
  } catch (thrown) {
    execution.signal.throwIfAborted();
    return told('failed', asActionError(thrown).message);
  }
}

/** The same on a listed server. */
export async function sweepRulesOf(run: Run, found: OpenableServer): Promise<readonly Swept[]> {
  if (run.session.runnerAccess?.request === undefined) return [];
  const session = await found.open();
  try {
    return await sweepRules(run, session);
  } finally {
    await session.close();
  }
}
