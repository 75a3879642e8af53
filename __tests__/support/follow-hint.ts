import { lines, type CloudRun } from './cloud-run.ts';
import { refusalIn } from './refusal-in.ts';

type With = Readonly<Record<string, string>>;

/** A refusal whose hint names an input, and what following it means. */
export interface HintCase {
  /** Applied before, one after the other. */
  readonly before?: readonly With[];
  /** What is refused in the plan. */
  readonly refused: With;
  /** What the refusal says, hint included. */
  readonly says: RegExp;
  /** What the hint says, done one after the other: the last plan is empty. */
  readonly follow: readonly With[];
}

/**
 * Follows the hint of a refusal. Gives what it said, and what is left to do after it was followed. `made` begins with
 * what was applied before. Default: applies it.
 */
export async function followHint(
  run: (inputs: With) => Promise<CloudRun>,
  { before = [], refused, follow }: HintCase,
  made?: (...applied: readonly With[]) => Promise<void>
): Promise<{ readonly said: string; readonly left: readonly string[] }> {
  if (made === undefined) for (const inputs of before) await (await run(inputs)).apply();
  else await made(...before);
  const said = await refusalIn(async () => run(refused));
  for (const inputs of follow) await (await run(inputs)).apply();
  const last = follow.at(-1) ?? refused;
  return { said, left: lines((await (await run(last)).plan()).plan) };
}
