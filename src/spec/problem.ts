import { ActionError } from '../errors.ts';
import { SECRETS } from './input-names.ts';
import { EMPTY_SECRET } from './empty-secret.ts';
import { unquotedVersion } from './unquoted-version.ts';

/** One problem with one input. Problems are gathered and reported together, before anything is contacted. */
export interface Problem {
  readonly input: string;
  /** The value as given; absent for secrets and for missing inputs. */
  readonly value?: string;
  /** Completes the sentence "`input` …". */
  readonly why: string;
  /** What is allowed, in words. */
  readonly allowed?: string;
  readonly suggestion?: string;
  /** What to do instead, as an order: `set …`. */
  readonly instead?: string;
  /** Where it was given, unless in `with:`. */
  readonly source?: string;
}

export function describeProblem(problem: Problem): string {
  const value = problem.value === undefined ? '' : ` ${JSON.stringify(shorten(problem.value))}`;
  const source = problem.source === undefined ? '' : ` (in ${problem.source})`;
  const allowed = problem.allowed === undefined ? '' : `; allowed: ${problem.allowed}`;
  const suggestion = problem.suggestion === undefined ? '' : `; did you mean \`${problem.suggestion}\`?`;
  const instead = problem.instead === undefined ? '' : `; ${problem.instead}`;
  return `\`${problem.input}\`${source}:${value} ${problem.why}${allowed}${suggestion}${instead}${likelyCause(problem)}`;
}

/** What usually causes a problem of this kind, in a sentence of its own. */
function likelyCause({ input, value, why }: Problem): string {
  if (SECRETS.some(one => one === input) && why.startsWith('is missing')) return `. ${EMPTY_SECRET}`;
  const unquoted = input.endsWith('_version') && value !== undefined ? unquotedVersion(input, value) : undefined;
  return unquoted === undefined ? '' : `. ${unquoted}`;
}

/**
 * Throws `input-invalid` with all problems in one message; returns when there is none. For problems that show before
 * anything is contacted.
 */
export function refuseProblems(problems: readonly Problem[]): void {
  refuse(problems, 'Nothing was contacted or changed.');
}

/** The same for problems that only the live state shows. */
export function refuseLiveProblems(problems: readonly Problem[]): void {
  refuse(problems, 'Nothing was changed.');
}

function refuse(problems: readonly Problem[], reassurance: string): void {
  if (problems.length === 0) return;
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? `Invalid input ${describeProblem(first)}`
      : `${problems.length} inputs are invalid:\n${listed(problems)}`;
  throw new ActionError(message, {
    code: 'input-invalid',
    source: 'user',
    hint: `${reassurance} Correct the inputs of this step and run it again.`
  });
}

/** Problems that one message shows. */
const MOST_SHOWN = 100;

function listed(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MOST_SHOWN).map(problem => `  - ${describeProblem(problem)}`);
  const left = problems.length - lines.length;
  return [...lines, ...(left > 0 ? [`  and ${left} more: a message shows at most ${MOST_SHOWN}`] : [])].join('\n');
}

function shorten(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}…` : value;
}
