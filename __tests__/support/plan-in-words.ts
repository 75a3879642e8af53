import type { OperationPlan } from '../../src/engine/operation.ts';
import type { Notice, Plan, Step } from '../../src/engine/plan.ts';

type With = Readonly<Record<string, string>>;

/** Plans as golden files hold them: everything that they say. */
export function operated({
  verdict,
  impact,
  steps,
  consequences,
  refusals,
  notices
}: OperationPlan): readonly string[] {
  return [
    `${verdict}, ${impact}`,
    ...steps.map(({ title, summary, call: of, impact: cost, usually, state, detail }) =>
      [title, summary, of, cost, usually, state, detail].join(' | ')
    ),
    ...consequences,
    ...refusals.map(({ rule, message, hint }) => `refused, ${rule}: ${message} ${hint}`),
    ...notices.map(({ code, message }) => `${code}: ${message}`)
  ];
}

export function planned({ steps, notices, verdict, impact }: Plan): readonly string[] {
  return [
    `${verdict}, ${impact}`,
    ...notices.map(({ severity, code, input = '', message }) => `${severity} ${code} ${input}: ${message}`),
    ...steps.map(inWords)
  ];
}

/** A notice as one line. */
export function noticed({ severity, code, message }: Notice): string {
  return `${severity} ${code}: ${message}`;
}

/**
 * What other lines say that these did not, and what is no longer said. Of lines that are no whole answer, as those of a
 * refusal, nothing is missed.
 */
export function differing(
  before: readonly string[],
  after: readonly string[],
  isWhole = after.length > 1
): readonly string[] {
  const missed = isWhole ? before.filter(line => !after.includes(line)) : [];
  return [...after.filter(line => !before.includes(line)), ...missed.map(line => `without: ${line}`)];
}

/** By what is said, indented: the names of all that it is said of. */
export function alike(
  told: readonly (readonly [name: string, lines: readonly string[]])[]
): ReadonlyMap<string, readonly string[]> {
  const text = (lines: readonly string[]): string => lines.map(line => `  ${line}`).join('\n');
  const groups = Map.groupBy(told, ([, lines]) => text(lines));
  return new Map([...groups].map(([said, own]) => [said, own.map(([name]) => name)]));
}

/** A value of several lines in one. */
export function inOneLine(value: string): string {
  return value.replaceAll('\n', ' ⏎ ');
}

/** Lines about what stays as it is. */
const SILENT = /^(?:no-changes|none |    (?:unchanged|dependsOn|follows): )/;

/** The lines of a plan that say what would be done, and what to know. */
export function changedIn(plan: Plan): readonly string[] {
  return planned(plan)
    .flatMap(lines => lines.split('\n'))
    .filter(line => !SILENT.test(line));
}

function inWords(step: Step): string {
  const { action, title, changes, unchanged, unknown, pending, dependsOn, follows = [] } = step;
  const lists = Object.entries({
    unchanged: action === 'none' ? unchanged : [],
    unknown: Object.keys(unknown),
    pending: Object.keys(pending),
    dependsOn,
    follows
  });
  const refusals = [step, ...changes].flatMap(({ refusal }) => refusal ?? []);
  return [
    `${action} ${title}`,
    ...refusals.map(({ rule, message, hint }) => `    refused, ${rule}: ${message} ${hint}`),
    ...changes.map(({ field, from, to, shown, impact, input = '' }) => {
      const values = `${shown?.from ?? JSON.stringify(from) ?? ''} → ${shown?.to ?? JSON.stringify(to)}`;
      return `    ${field} (${input}): ${values} (${impact})`;
    }),
    ...lists.filter(([, names]) => names.length > 0).map(([name, names]) => `    ${name}: ${names.join(', ')}`)
  ].join('\n');
}

const RANDOM_ID = /\b[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\b/g;
const SIGNED_URL = /https:[^"]*X-Amz-Signature[^"]*/g;
const MOMENT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const CERTIFICATES = /-----BEGIN CERTIFICATE[^"]*/g;
const MADE_PASSWORD = /AVNS_[\da-f]+/g;
const HOURS_26 = 26 * 3_600_000;

/** Requests with all that they say, in an order that no random id decides. */
export function requested(
  mutations: readonly { readonly action: string; readonly body: unknown }[]
): readonly string[] {
  return inOrder(mutations.map(({ action, body }) => `> ${action} ${JSON.stringify(body)}`));
}

/** The same of their texts. */
export function inOrder(requests: readonly string[]): readonly string[] {
  const keyed = requests.map(request => [request.replaceAll(RANDOM_ID, ''), request] as const);
  return keyed.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, request]) => request);
}

/** Random ids, signatures, passwords that a fake made, and the time differ from run to run. */
export function steady(story: string, given: With): string {
  const known = JSON.stringify(given);
  const numbers = new Map<string, number>();
  return story
    .replaceAll(SIGNED_URL, '<signed>')
    .replaceAll(CERTIFICATES, '<certificates>')
    .replaceAll(MADE_PASSWORD, '<password>')
    .replaceAll(MOMENT, moment => (Math.abs(Date.parse(moment) - Date.now()) < HOURS_26 ? '<now>' : moment))
    .replaceAll(RANDOM_ID, id => {
      if (known.includes(id)) return id;
      if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
      return `<id ${numbers.get(id)}>`;
    });
}
