import { defined } from '../engine/defined.ts';
import type { StepResult } from '../engine/apply.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError, asActionError } from '../errors.ts';
import { hashOfScripts, scriptsOf } from '../postgres/given-sql.ts';
import { isUnmasked, type Mask } from '../sql-objects/mask-state.ts';
import type { Run } from './command.ts';
import { removeServer } from './remove-server.ts';

/** `undefined` without `mask_sql`. Throws `input-invalid` for a pattern that matches no file. */
export async function maskOf({ inputs, runtime }: Pick<Run, 'inputs' | 'runtime'>): Promise<Mask | undefined> {
  const { mask_sql: given } = inputs.run;
  if (given === undefined) return undefined;
  const scripts = await scriptsOf(given, 'mask_sql', runtime.paths.workspace);
  return { scripts, hash: hashOfScripts(scripts).slice(0, 12) };
}

/** Throws `input-invalid` for `mask_sql` in a run for a pull request that makes no copy. */
export function refuseMaskWithoutCopy({ inputs, ephemeral }: Pick<Run, 'inputs' | 'ephemeral'>): void {
  if (inputs.run.mask_sql === undefined || ephemeral?.kind === 'clone') return;
  throw new ActionError('`mask_sql` is about a copy of data, and this run makes none', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `ephemeral: clone`, or remove `mask_sql`.'
  });
}

/** Throws for a copy whose data is not masked yet. */
export function refuseUnmasked(main: Observed | undefined): void {
  if (main === undefined || !isUnmasked(main)) return;
  throw new ActionError(`Could not set outputs: the data of ${main.title} is not masked yet`, {
    code: 'not-found',
    source: 'user',
    hint: 'Run the workflow of the pull request again: it masks the copy, or makes a new one.'
  });
}

/**
 * Destroys a copy whose masking failed, and returns that failure with what became of the copy. Throws the reason of a
 * cancellation: the next run recreates the copy.
 */
export async function destroyUnmasked({ session, execution, runtime }: Run, failed: StepResult): Promise<ActionError> {
  execution.signal.throwIfAborted();
  const { message, code, source, hint } = asActionError(failed.error);
  const gone = await removeServer(session, execution).then(
    () => 'It is destroyed',
    (left: unknown) => `It could not be destroyed (${asActionError(left).message}), and no output names it`
  );
  runtime.log.info(`server ${session.target.name}: ${gone}.`);
  return new ActionError(`${message}. ${gone}`, defined({ code, source, cause: failed.error, hint }));
}
