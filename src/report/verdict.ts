import type { Plan, Step } from '../engine/plan.ts';
import { asSentence } from '../engine/sentence.ts';
import type { Impact } from '../engine/impact.ts';
import { shorten, visible } from './printable.ts';
import type { Failure, Outcomes } from './report.ts';
import { plural } from './labels.ts';

/** Which database: `orders (production, aws eu-west-1)`. Plain text, one line. */
export function heading(plan: Plan): string {
  const [name = '', ...where] = headingParts(plan);
  return `${name} (${where.join(', ')})`;
}

/** Name first, then environment, pull request, provider and region if set. Plain text, one line each. */
export function headingParts(plan: Plan): readonly string[] {
  const { name, environment, provider, account, region, pullRequest } = plan.target;
  const place = region === '' || region === provider || region === account ? provider : `${provider} ${region}`;
  const where = [environment, pullRequest === undefined ? '' : `pull request ${pullRequest}`, place];
  return [name, ...where.filter(part => part !== '')].map(part => shorten(line(part), 80));
}

/** The plan in one sentence. Plain text for log, comment, check run and annotations alike. */
export function verdict(plan: Plan): string {
  const { counts } = plan;
  if (plan.verdict === 'no-changes') {
    return plan.intent === 'destroy'
      ? 'Nothing to destroy: the database does not exist.'
      : counts.unknown > 0
        ? `No changes as far as could be compared: ${unknowns(plan)}.`
        : 'No changes: the database is as the workflow asks.';
  }
  if (plan.verdict === 'changes') return `${workload(plan)}.`;
  const others = counts.create + counts.update + counts.delete + counts.adopt > 0 ? `, ${workload(plan)}` : '';
  return `Blocked, nothing will be done: ${counts.blocked} refused${others}.`;
}

/** The state of a plan. `open`: begun, not finished, and nothing failed. */
export type ReportState = 'unchanged' | 'planned' | 'blocked' | 'applied' | 'failed' | 'open';

export function reportState(plan: Plan, result?: Outcomes): ReportState {
  if (result === undefined || (result.results.length === 0 && result.error === undefined)) {
    return plan.verdict === 'blocked' ? 'blocked' : plan.verdict === 'no-changes' ? 'unchanged' : 'planned';
  }
  if (result.error?.code === 'plan-blocked') return 'blocked';
  const outcomes = new Set(result.results.map(step => step.outcome));
  if (outcomes.has('failed')) return 'failed';
  if (outcomes.has('in progress') || outcomes.has('not run')) return 'open';
  return result.error === undefined ? 'applied' : 'failed';
}

/** An apply in one sentence. */
export function resultVerdict(plan: Plan, result: Outcomes): string {
  const state = reportState(plan, result);
  if (state === 'unchanged' || state === 'planned' || state === 'blocked') return verdict(plan);
  if (state === 'applied') {
    if (plan.intent === 'destroy') return `Destroyed: ${plan.counts.delete} deleted.`;
    return `Applied: ${workload(plan, { create: 'created', update: 'updated', delete: 'deleted', adopt: 'adopted' })}.`;
  }
  if (result.results.length === 0) return 'Failed before anything was changed.';
  const tally = (['done', 'failed', 'in progress', 'not run'] as const)
    .map(outcome => [outcome, result.results.filter(step => step.outcome === outcome).length] as const)
    .filter(([outcome, count]) => count > 0 || outcome === 'done')
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
  return `${state === 'failed' ? 'Failed' : 'Not finished'}: ${tally}.`;
}

/** The run's last sentence when it fails: the failure, the hint, and the page about it. One line. */
export function failureSentence(failure: Failure, docsUrl?: string): string {
  const sentences = [failure.message, failure.hint ?? ''].filter(part => part.trim() !== '').map(shortSentence);
  return `${sentences.join(' ')} See ${troubleshooting(failure.code, docsUrl)}`;
}

/** Where docs/troubleshooting.md describes this code: an address, or the path in the repository. */
export function troubleshooting(code: string, docsUrl = 'docs'): string {
  return `${docsUrl.replace(/\/+$/, '')}/troubleshooting.md#${encodeURIComponent(code)}`;
}

const INFINITIVE = { create: 'to create', update: 'to update', delete: 'to delete', adopt: 'to adopt' } as const;

function workload(plan: Plan, verbs: Readonly<Record<keyof typeof INFINITIVE, string>> = INFINITIVE): string {
  const { counts, steps } = plan;
  if (plan.intent === 'destroy') return `${counts.delete} ${verbs.delete}`;
  const changing = steps.filter(step => step.action === 'update');
  const adopting = steps.filter(step => step.action === 'adopt');
  return [
    `${counts.create} ${verbs.create}`,
    ...(counts.adopt > 0 ? [`${counts.adopt} ${verbs.adopt}${costs(adopting)}`] : []),
    `${counts.update} ${verbs.update}${costs(changing)}`,
    `${counts.delete} ${verbs.delete}`,
    ...(counts.unknown > 0 ? [unknowns(plan)] : [])
  ].join(', ');
}

/** `3 settings unknown`. */
function unknowns({ counts }: Plan): string {
  return `${plural(counts.unknown, 'setting')} unknown`;
}

function costs(steps: readonly Step[]): string {
  const words: readonly (readonly [Impact, string, string])[] = [
    ['restart', 'restart', 'restarts'],
    ['failover', 'failover', 'failovers'],
    ['deferred', 'deferred', 'deferred']
  ];
  const said = words.flatMap(([impact, one, many]) => {
    const count = steps.filter(step => step.impact === impact).length;
    return count === 0 ? [] : [plural(count, one, many)];
  });
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

function shortSentence(part: string): string {
  return asSentence(shorten(line(part), 1000));
}

function line(part: string): string {
  return visible(part.trim().replaceAll(/\s*\n\s*/g, ' '));
}
