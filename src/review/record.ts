import { defined } from '../engine/defined.ts';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { digestOfEffect, effectOf, type Effect, type EffectStep } from '../engine/digest.ts';
import type { Target } from '../engine/ownership.ts';
import type { Plan, Verdict } from '../engine/plan.ts';
import type { FieldTable } from '../engine/resource.ts';
import { canonicalJson } from '../engine/value.ts';
import type { Rendering } from '../github/rendering.ts';

/** A plan as a check run stores it, to be compared with the plan of an apply. */
export interface PlanRecord {
  /** The plan's digest: two plans that would do the same have the same. */
  readonly digest: string;
  readonly intent: Plan['intent'];
  readonly target: Target;
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly madeAt: string;
  /** The commit whose apply has begun to carry this plan out. */
  readonly begunFor?: string;
  /**
   * Digests of the settings that the live mark can hold until that apply has ended: those applied before, and its own.
   * With another one, another apply came in between. Absent in records of earlier versions.
   */
  readonly begunWith?: readonly string[];
  readonly recorded: RecordedSteps;
}

/** How much of the steps fitted in, or could be trusted. */
export type RecordedSteps =
  | { readonly kind: 'full'; readonly steps: readonly EffectStep[] }
  | { readonly kind: 'hashed'; readonly steps: readonly HashedStep[] }
  | { readonly kind: 'none' };

export interface HashedStep extends Pick<EffectStep, 'address' | 'action'> {
  /** Of everything in the step: 16 hex digits of a SHA-256. */
  readonly hash: string;
}

/** The contents of a check run with a record. */
export interface RecordedCheckRun {
  readonly externalId: string;
  readonly text: string;
}

/** The record of a plan, whole. Holds the names of secrets and no secret, as the plan does. */
export function recordOf(plan: Plan, tables: Readonly<Record<string, FieldTable>>, madeAt: Date): PlanRecord {
  const effect = effectOf(plan, tables);
  return {
    digest: plan.digest,
    intent: plan.intent,
    target: plan.target,
    verdict: plan.verdict,
    madeAt: madeAt.toISOString(),
    recorded: { kind: 'full', steps: effect.steps }
  };
}

/** Name of the check run: `pgkeep: orders (aws eu-west-1, production)`. The same for every plan of a database. */
export function recordName({ provider, region, name, environment }: Target): string {
  const place = region === '' ? provider : `${provider} ${region}`;
  return `pgkeep: ${name} (${environment === '' ? place : `${place}, ${environment}`})`;
}

/** Whether two targets are one database. A renamed repository keeps its databases' records. */
export function isSameDatabase(a: Target, b: Target): boolean {
  return (
    a.provider === b.provider &&
    a.account === b.account &&
    a.region === b.region &&
    a.name === b.name &&
    a.environment === b.environment &&
    a.pullRequest === b.pullRequest
  );
}

/** The text of the check run: all steps, else a hash of each, else the digest alone. */
export function recordTexts(record: PlanRecord): readonly Rendering[] {
  const { recorded } = record;
  const steps = recorded.kind === 'full' ? recorded.steps : [];
  const hashes = recorded.kind === 'full' ? steps.map(hashed) : recorded.kind === 'hashed' ? recorded.steps : [];
  return [
    ...(recorded.kind === 'full' ? [() => written(record, 'steps', steps)] : []),
    ...(recorded.kind === 'none' ? [] : [() => written(record, 'hashes', hashes)]),
    () => written(record)
  ];
}

/**
 * Reads a record. `undefined` when the check run does not hold one. Steps that do not match the digest are left out, so
 * that no conclusion is drawn from them.
 */
export function readRecord(checkRun: RecordedCheckRun): PlanRecord | undefined {
  const parsed = v.safeParse(recordSchema, jsonIn(checkRun.text));
  if (!parsed.success || parsed.output.digest !== checkRun.externalId) return undefined;
  const { digest, intent, verdict, madeAt, begunFor, begunWith, steps, hashes } = parsed.output;
  const target = parsed.output.target as Target;
  const effect: Effect = { intent, target, steps: (steps ?? []) as unknown as readonly EffectStep[] };
  const recorded: RecordedSteps =
    steps !== undefined && digestOfEffect(effect) === digest
      ? { kind: 'full', steps: effect.steps }
      : hashes !== undefined
        ? { kind: 'hashed', steps: hashes }
        : { kind: 'none' };
  return defined({ digest, intent, target, verdict, madeAt, begunFor, begunWith, recorded });
}

/** A step that did not fit in, reduced to its hash. */
export function hashed(step: EffectStep): HashedStep {
  const hash = createHash('sha256').update(canonicalJson(step)).digest('hex').slice(0, 16);
  return { address: step.address, action: step.action, hash };
}

const LEAD = 'What the plan would do, as data. An apply compares it with the plan that it makes.';

/** A step a line. No line can end the fence, since JSON has no line break inside a text. */
function written(record: PlanRecord, member?: 'steps' | 'hashes', steps: readonly unknown[] = []): string {
  const { recorded: _, ...head } = record;
  const opened = canonicalJson({ pgkeep: 1, ...head }).slice(0, -1);
  const list = member === undefined ? '' : `,"${member}":[\n${steps.map(canonicalJson).join(',\n')}\n]`;
  return `${LEAD}\n\n\`\`\`json\n${opened}${list}}\n\`\`\`\n`;
}

function jsonIn(text: string): unknown {
  const json = /^```json\n([\s\S]*)\n```\s*$/m.exec(text.replaceAll('\r\n', '\n'))?.[1];
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const action = v.picklist(['create', 'update', 'delete', 'adopt', 'none', 'blocked']);

const recordSchema = v.object({
  pgkeep: v.literal(1),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  intent: v.picklist(['apply', 'destroy']),
  target: v.looseObject({
    provider: v.string(),
    account: v.string(),
    region: v.string(),
    name: v.string(),
    environment: v.string(),
    repository: v.string(),
    pullRequest: v.optional(v.number())
  }),
  verdict: v.picklist(['no-changes', 'changes', 'blocked']),
  madeAt: v.pipe(v.string(), v.isoTimestamp()),
  begunFor: v.optional(v.string()),
  begunWith: v.optional(v.array(v.string())),
  steps: v.optional(
    v.array(
      v.looseObject({
        address: v.string(),
        action,
        changes: v.array(v.looseObject({ field: v.string(), impact: v.string() }))
      })
    )
  ),
  hashes: v.optional(v.array(v.object({ address: v.string(), action, hash: v.string() })))
});
