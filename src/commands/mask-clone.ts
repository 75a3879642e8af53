import { defined } from '../engine/defined.ts';
import { isUnfinished, type Mark } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError, asActionError } from '../errors.ts';
import { hashOfScripts, scriptsOf } from '../postgres/given-sql.ts';
import type { Script } from '../postgres/script.ts';
import type { Run } from './command.ts';
import { removeServer } from './remove-server.ts';
import { runScripts, throughWayIn } from './run-sql.ts';

/** In the mark of a copy from the call that creates it until its scripts begin. */
export const PENDING = 'pending';
/** In the mark while they run. */
const RUNNING = 'running';

/** The scripts of `mask_sql`, for a copy of a pull request. */
export interface Mask {
  readonly scripts: readonly Script[];
  /** In the mark of a copy that is masked by them. */
  readonly hash: string;
}

/** `undefined` without `mask_sql`. Throws `input-invalid` where the run makes no copy. */
export async function maskOf({ inputs, runtime, ephemeral }: Run): Promise<Mask | undefined> {
  const { mask_sql: given } = inputs.run;
  if (given === undefined) return undefined;
  if (ephemeral?.kind !== 'clone') {
    throw new ActionError('`mask_sql` is about a copy of data, and this run makes none', {
      code: 'input-invalid',
      source: 'user',
      hint: 'Set `ephemeral: clone`, or remove `mask_sql`.'
    });
  }
  const scripts = await scriptsOf(given, 'mask_sql', runtime.paths.workspace);
  return { scripts, hash: hashOfScripts(scripts).slice(0, 12) };
}

/** How far the data of a live copy is masked. `stale`: half, or by other scripts. */
export type MaskState = 'pending' | 'stale' | 'masked';

/** A stale copy is recreated: its scripts may not bear a second run. */
export function maskStateOf({ ownership }: Observed, mask: Mask | undefined): MaskState {
  const masked = ownership.kind === 'ours' ? ownership.mark.masked : undefined;
  if (masked === RUNNING) return 'stale';
  // Cloud SQL gives a copy the labels of its source, until it gets its own.
  const isBegun = masked === PENDING || (masked === undefined && isUnfinished(ownership));
  if (mask === undefined || masked === mask.hash) return 'masked';
  return isBegun ? 'pending' : 'stale';
}

/** Whether it is a copy whose data is not masked yet: no output names it. */
export function isUnmasked(main: Observed | undefined): boolean {
  const masked = main?.ownership.kind === 'ours' ? main.ownership.mark.masked : undefined;
  return masked === PENDING || masked === RUNNING;
}

/** Throws for such a copy. */
export function refuseUnmasked(main: Observed | undefined): void {
  if (main === undefined || !isUnmasked(main)) return;
  throw new ActionError(`Could not set outputs: the data of ${main.title} is not masked yet`, {
    code: 'not-found',
    source: 'user',
    hint: 'Run the workflow of the pull request again: it masks the copy, or makes a new one.'
  });
}

/**
 * Masks the data of a copy as the server's user, before any output of it is set. Throws why it could not; the copy is
 * destroyed by then.
 */
export async function maskClone(run: Run, { scripts }: Mask, mark: Mark): Promise<void> {
  const { session, execution, runtime } = run;
  const what = `mask the data of ${session.target.name}`;
  try {
    const observed = await session.observe();
    await session.writeMark(observed, { ...mark, masked: RUNNING });
    const outputs = await session.outputs(observed);
    const database = outputs?.endpoint.database ?? 'postgres';
    await throughWayIn(session, what, async way => runScripts(run, way, { scripts, database, what }));
  } catch (thrown) {
    execution.signal.throwIfAborted();
    const { message, code, source, hint } = asActionError(thrown);
    const gone = await removeServer(session, execution).then(
      () => 'It is destroyed',
      (left: unknown) => `It could not be destroyed (${asActionError(left).message}), and no output names it`
    );
    runtime.log.info(`server ${session.target.name}: ${gone}.`);
    throw new ActionError(`${message}. ${gone}`, defined({ code, source, cause: thrown, hint }));
  }
}
