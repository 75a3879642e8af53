import type * as v from 'valibot';
import { didYouMean } from './did-you-mean.ts';

/** Members of valibot's schemas that lead to the keys of a map. */
interface Described {
  readonly entries?: Readonly<Record<string, Described>>;
  readonly item?: Described;
  /** Of a record; a literal has its text here. */
  readonly value?: unknown;
  readonly wrapped?: Described;
  readonly options?: readonly Described[];
}

type Step = string | number;

/** Problems of one value that a message shows. */
const MOST_SHOWN = 5;

/** What is wrong with nested data: each place as a person would name it, with the key that was likely meant. */
export function issuesOf(issues: readonly v.BaseIssue<unknown>[], schema: object): string {
  const said = issues.slice(0, MOST_SHOWN).map(one => {
    const { issue, path } = nearest(one);
    const last = path.at(-1);
    // A key that is unknown or missing is the last of its path; the problem is the map's.
    if (issue.type === 'strict_object' && issue.expected === 'never' && last !== undefined)
      return at(path.slice(0, -1), unknownKey(String(last), keysAt(schema, path.slice(0, -1))));
    if (issue.type === 'strict_object' && issue.received === 'undefined' && last !== undefined)
      return at(path.slice(0, -1), `\`${last}\` is missing`);
    return at(path, wordsOf(issue));
  });
  const left = issues.length - said.length;
  return [...said, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

interface Placed {
  readonly issue: v.BaseIssue<unknown>;
  readonly path: readonly Step[];
}

/** Of a value with alternatives, the problem of the one that fits best: that of a map, where a map is given. */
function nearest(issue: v.BaseIssue<unknown>, outer: readonly Step[] = []): Placed {
  const path = [...outer, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  const alternatives = (issue.issues ?? []).map(one => nearest(one, path));
  const [deepest] = alternatives.toSorted((a, b) => b.path.length - a.path.length);
  return deepest !== undefined && deepest.path.length > path.length ? deepest : { issue, path };
}

/** Keys that people look for, and what has them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  password: '`role_passwords` gives the password of a role, and `password_seed` makes those of all'
};

/** The sentence about a key that a map does not have. */
export function unknownKey(key: string, known: readonly string[]): string {
  const instead = ELSEWHERE[key];
  if (instead !== undefined && !known.includes(key)) return `\`${key}\` does not stand here: ${instead}`;
  const meant = didYouMean(key, known);
  const names = known.map(name => `\`${name}\``).join(', ');
  return `\`${key}\` is not one of its keys (${names})${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
}

/** A path as a person writes it: `item 2, from_port`. Items are counted from 1. */
export function placeOf(path: readonly Step[]): string {
  return `at ${path.map(step => (typeof step === 'number' ? `item ${step + 1}` : `\`${step}\``)).join(', ')}`;
}

function at(path: readonly Step[], what: string): string {
  return path.length === 0 ? what : `${placeOf(path)}: ${what}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'is not plain text',
  array: 'is not a list',
  record: 'is not a map',
  strict_object: 'is not a map'
};

/** Valibot's own messages begin with "Invalid"; those of a schema of ours are sentences already. */
function wordsOf({ type, message }: v.BaseIssue<unknown>): string {
  return message.startsWith('Invalid') ? (KINDS[type] ?? 'is not of the allowed form') : message;
}

/** The keys of the map at a path; those of all alternatives where there are several. */
function keysAt(schema: Described, path: readonly Step[]): readonly string[] {
  const [step, ...rest] = path;
  const inner = [...(schema.wrapped === undefined ? [] : [schema.wrapped]), ...(schema.options ?? []).filter(isSchema)];
  const deeper = inner.flatMap(one => keysAt(one, path));
  if (step === undefined) return [...new Set([...Object.keys(schema.entries ?? {}), ...deeper])];
  const { value } = schema;
  const next =
    typeof step === 'number' ? schema.item : (schema.entries?.[step] ?? (isSchema(value) ? value : undefined));
  return [...new Set([...(next === undefined ? [] : keysAt(next, rest)), ...deeper])];
}

/** The options of a picklist are texts. */
function isSchema(option: unknown): option is Described {
  return typeof option === 'object' && option !== null;
}
