import { defined } from '../engine/defined.ts';
import { asSentence } from '../engine/sentence.ts';
import type { StepResult } from '../engine/apply.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError, asActionError } from '../errors.ts';
import { hashOfScripts, scriptsOf } from '../postgres/given-sql.ts';
import { isUnready, type Mask } from '../sql-objects/mask-state.ts';
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

/** Throws for a copy in which a script has still to run. */
export function refuseUnready(main: Observed | undefined): void {
  if (main === undefined || !isUnready(main)) return;
  throw new ActionError(`Could not set outputs: ${unready(main)}`, {
    code: 'not-found',
    source: 'user',
    hint: 'Run the workflow of the pull request again: it goes on, or makes a new copy.'
  });
}

/** Why no output names such a copy. */
export function unready({ title }: Pick<Observed, 'title'>): string {
  return `${title} is a copy of data in which \`mask_sql\` and \`init_sql\` have not run to their end`;
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
  return new ActionError(`${asSentence(message)} ${gone}`, defined({ code, source, cause: failed.error, hint }));
}
