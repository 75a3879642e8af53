import { median, ratios, type Comparison } from './pairs.mts';
import { bold, columns, dim, green, red, say } from '../demo/terminal.mts';

/** Prints one line: what, how much, the goal, and whether it was met. */
export function row(title: string, result: string, goal = '', isMet?: boolean): void {
  const verdict = isMet === undefined ? '' : isMet ? green('met') : red('not met');
  const [line = ''] = columns([[title.padEnd(76), result.padStart(8), goal.padEnd(9), verdict]]);
  say(line);
}

export function report(comparison: Comparison): void {
  const all = ratios(comparison);
  const ratio = median(all);
  const { title, goal } = comparison;
  if (goal === undefined) row(title, bold(ratio.toFixed(2)));
  else row(title, bold(ratio.toFixed(2)), `≤ ${goal}`, ratio <= goal);
  const range = `${Math.min(...all).toFixed(2)}..${Math.max(...all).toFixed(2)}`;
  say(dim(`    ours ${spread(comparison.ours)}, theirs ${spread(comparison.theirs)}; ratios ${range}`));
}

function spread(values: readonly number[]): string {
  return `${inMilliseconds(median(values))} [${Math.round(Math.min(...values))}..${Math.round(Math.max(...values))}]`;
}

export function inMilliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
