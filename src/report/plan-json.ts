import type { Mark, Target } from '../engine/ownership.ts';
import type { Change, Notice, Plan, Refusal, Step } from '../engine/plan.ts';
import type { FieldValue } from '../engine/value.ts';

/**
 * The plan file's exact form: JSON in UTF-8, two spaces, members in the order of docs/plan.schema.json, maps sorted by
 * key, a newline at the end. Only members that the schema knows are written. Equal plans give equal text.
 */
export function serialisePlan(plan: Plan): string {
  return `${JSON.stringify(planForm(plan), undefined, 2)}\n`;
}

function planForm(plan: Plan): object {
  const { schema, intent, verdict, impact, counts, digest, lastApplied } = plan;
  return {
    schema,
    intent,
    target: targetForm(plan.target),
    verdict,
    impact,
    counts: {
      create: counts.create,
      update: counts.update,
      delete: counts.delete,
      adopt: counts.adopt,
      blocked: counts.blocked,
      unchanged: counts.unchanged,
      unknown: counts.unknown
    },
    digest,
    steps: plan.steps.map(stepForm),
    notices: plan.notices.map(noticeForm),
    lastApplied: lastApplied === undefined ? undefined : markForm(lastApplied)
  };
}

function targetForm({ provider, account, region, name, environment, repository, pullRequest }: Target): object {
  return { provider, account, region, name, environment, repository, pullRequest };
}

function stepForm(step: Step): object {
  return {
    address: step.address,
    type: step.type,
    title: step.title,
    action: step.action,
    intended: step.intended,
    impact: step.impact,
    refusal: refusalForm(step.refusal),
    changes: step.changes.map(changeForm),
    unchanged: step.unchanged,
    unknown: sorted(step.unknown),
    pending: sorted(step.pending),
    dependsOn: step.dependsOn,
    lane: step.concurrencyGroup
  };
}

function changeForm({ field, input, isDefault, from, to, shown, impact, withdraws, refusal }: Change): object {
  return {
    field,
    input,
    isDefault,
    from: from === undefined ? undefined : valueForm(from),
    to: valueForm(to),
    shown: shown === undefined ? undefined : { from: shown.from, to: shown.to },
    impact,
    withdraws,
    refusal: refusalForm(refusal)
  };
}

function refusalForm(refusal: Refusal | undefined): object | undefined {
  return refusal && { rule: refusal.rule, message: refusal.message, wayOut: refusal.hint };
}

function noticeForm({ code, severity, message, input }: Notice): object {
  return { code, severity, message, input };
}

function markForm(mark: Mark): object {
  const { version, repository, repositoryId, host, name, environment, pullRequest, expiresAt, applied } = mark;
  return { version, repository, repositoryId, host, name, environment, pullRequest, expiresAt, applied };
}

function valueForm(value: FieldValue): unknown {
  if (Array.isArray(value)) return (value as readonly FieldValue[]).map(valueForm);
  return typeof value === 'object' && value !== null ? sorted(value as Readonly<Record<string, FieldValue>>) : value;
}

/** `__proto__` stays an ordinary key: entries make own members. */
function sorted(map: Readonly<Record<string, FieldValue>>): object {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, valueForm(value)]));
}
