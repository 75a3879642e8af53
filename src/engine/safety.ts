import { defined } from './defined.ts';
import { compareVersions, sizeOf, versionOf } from './order.ts';
import {
  describeMark,
  describeOwner,
  foreignHint,
  isPromotedFrom,
  successorOf,
  type Successor,
  type Target
} from './ownership.ts';
import type { Action, Change, Notice, Refusal, Step } from './plan.ts';
import { fieldRule, type FieldTable, type Observed } from './resource.ts';
import type { FieldValue } from './value.ts';

/** Risks that the workflow allows explicitly. All false by default. */
export interface Allowances {
  readonly adoptExisting: boolean;
  readonly majorVersionUpgrade: boolean;
  /** `confirm_destroy` equals the database's name, or the database is ephemeral. */
  readonly destroy: boolean;
  /** The workflow said explicitly that data need not be kept. */
  readonly skipFinalSnapshot: boolean;
  /** False only when the workflow forbids restarts explicitly. */
  readonly restart: boolean;
}

interface Situation {
  readonly step: Step;
  readonly observed: Observed | undefined;
  readonly table: FieldTable;
  readonly allowances: Allowances;
  readonly intent: 'apply' | 'destroy';
  /** All observed resources: others may depend on this one. */
  readonly all?: readonly Observed[];
  /** What the run is about; explains why a resource belongs to another owner. */
  readonly target?: Target;
}

type StepRule = (situation: Situation) => Refusal | undefined;
type ChangeRule = (change: Change, situation: Situation) => Refusal | undefined;

/**
 * After a promotion two servers take writes. Neither is repaired, followed by a new replica or deleted for the other:
 * the plan says which one took over, and what to write into the inputs. Destroying the old one is possible.
 */
export const promoted: StepRule = ({ step, observed, intent, all = [], target }) => {
  if (target === undefined) return undefined;
  if (observed !== undefined && isPromotedFrom(observed.ownership, target)) {
    const name = observed.ownership.kind === 'foreign' ? observed.ownership.mark.name : step.title;
    return promotedRefusal(`${name} is no read replica of ${target.name}: it was promoted, or is being promoted.`, {
      name
    });
  }
  if (intent === 'destroy' || step.address !== 'server') return undefined;
  const successor = successorIn(all, observed, target);
  return successor === undefined
    ? undefined
    : promotedRefusal(`${step.title} is not the database any more: ${successor.name} was promoted.`, successor);
};

function successorIn(all: readonly Observed[], server: Observed | undefined, target: Target): Successor | undefined {
  const own = server?.ownership.kind === 'ours' ? successorOf(server.ownership.mark) : undefined;
  const other = all.find(({ ownership }) => isPromotedFrom(ownership, target))?.ownership;
  return own ?? (other?.kind === 'foreign' ? { name: other.mark.name } : undefined);
}

function promotedRefusal(message: string, { name, region }: Successor): Refusal {
  const where = region === undefined ? '' : `, and its region ${region},`;
  return { rule: 'promoted', message, hint: promotedHint(name, where) };
}

function promotedHint(name: string, where: string): string {
  return (
    `Write \`name: ${name}\`${where} into the inputs of the workflow. If that run ended early, run it again with the present inputs first. ` +
    `If someone promoted it by hand, run \`command: promote\` with \`confirm_promote: ${name}\` first.`
  );
}

/**
 * A resource with another owner's mark, or with none, is never changed. Never returns another owner's resource, even
 * when it already matches.
 */
export const notOurs: StepRule = ({ step, observed, allowances, target }) => {
  if (observed === undefined) return undefined;
  if (observed.ownership.kind === 'foreign') {
    return {
      rule: 'not-ours',
      message: `${step.title} belongs to ${describeMark(observed.ownership.mark)}.`,
      hint:
        target === undefined
          ? 'Choose another `name`, or run the workflow that owns it.'
          : foreignHint(observed.ownership.mark, target)
    };
  }
  if (observed.ownership.kind === 'unmarked' && step.action === 'delete') {
    return {
      rule: 'not-ours',
      message: `${step.title} carries no ownership mark: this action did not make it.`,
      // Nothing is adopted in order to be deleted.
      hint: allowances.adoptExisting
        ? 'Delete it yourself, or leave the input unset that leaves it out.'
        : `Delete it yourself, or take it over first with \`adopt_existing: ${target?.name ?? '<name>'}\`.`
    };
  }
  if (observed.ownership.kind === 'unmarked' && !allowances.adoptExisting) {
    return {
      rule: 'not-ours',
      message: `${step.title} exists already and carries no ownership mark.`,
      hint: `Choose another \`name\`, or take it over with \`adopt_existing: ${target?.name ?? '<name>'}\` after reading what would change.`
    };
  }
  return undefined;
};

/** Deleting a resource never deletes what others keep on it: replicas, databases, rules. All of them are named. */
export const foreignDependents: StepRule = ({ step, all = [] }) => {
  if (step.action !== 'delete') return undefined;
  const others = dependentsOfOthers(step, all);
  if (others.length === 0) return undefined;
  return {
    rule: 'not-ours',
    message: `Others depend on ${step.title}: ${others.map(described).join(', and ')}.`,
    hint: `Move or delete ${others.map(({ title }) => title).join(', ')} first.`
  };

  function described({ title, ownership }: Observed): string {
    return `${title}, which ${describeOwner(ownership)}`;
  }
};

/** A major upgrade also upgrades the replicas. Those of other owners block it: the owners must know first. */
export const upgradesOthers: ChangeRule = (change, { step, table, all = [] }) => {
  const rule = fieldRule(table, change.field);
  if (rule?.constraint !== 'upgrade-only' || step.action !== 'update' || isFirst(change)) return undefined;
  const [from, to] = [versionOf(change.field, change.from, rule), versionOf(change.field, change.to, rule)];
  const others = dependentsOfOthers(step, all).filter(({ deletedWith }) => deletedWith === undefined);
  if (others.length === 0 || from?.[0] === to?.[0]) return undefined;
  return {
    rule: 'not-ours',
    message: `A new major version of ${step.title} would upgrade ${others
      .map(({ title, ownership }) => `${title}, which ${describeOwner(ownership)}`)
      .join(', and ')}.`,
    hint: `Delete ${others.map(({ title }) => title).join(', ')} first, or let the owner detach it; then apply again.`
  };
};

function dependentsOfOthers({ address }: Step, all: readonly Observed[]): readonly Observed[] {
  return all.filter(
    one => one.ownership.kind !== 'ours' && (one.deletedWith === address || one.dependsOn.includes(address))
  );
}

/**
 * A stopped server takes no changes, nor does what lies in it. Only `command: start` starts it: an apply, a check and a
 * sweep leave it as it is. Destroying it is possible.
 */
export const stopped: StepRule = ({ step, intent, all = [] }) => {
  if (intent === 'destroy' || step.action === 'none') return undefined;
  const server = all.find(
    one => one.stopped !== undefined && (one.address === step.address || step.dependsOn.includes(one.address))
  );
  return server === undefined
    ? undefined
    : {
        rule: 'stopped',
        message: `${server.title} is stopped, and takes no changes.`,
        hint: 'Run `command: start` first, then apply. `command: stop` stops it again.'
      };
};

/** What a lock freezes takes no changes, nor does what lies in it. */
export const frozen: StepRule = ({ step, all = [] }) => {
  if (step.action === 'none') return undefined;
  const [held] = all.flatMap(({ address, title, frozen: by }) =>
    by !== undefined && by.lockType !== step.type && (address === step.address || step.dependsOn.includes(address))
      ? [{ title, hint: by.hint }]
      : []
  );
  if (held === undefined) return undefined;
  return { rule: 'locked', message: `A lock forbids every change of ${held.title}.`, hint: held.hint };
};

/** A protected resource is not deleted in the apply that would also switch its protection off. */
export const deletionProtection: StepRule = ({ step, observed, all = [] }) =>
  step.action === 'delete' && observed?.isProtected === true
    ? {
        rule: 'deletion-protection',
        message: `${step.title} is protected against deletion.`,
        hint:
          all.find(({ unprotect }) => unprotect !== undefined)?.unprotect ??
          'Apply `enable_deletion_protection: false` first, then destroy it in a second run.'
      }
    : undefined;

/** Destroying needs the database's name, spelled out. */
export const confirmDestroy: StepRule = ({ step, intent, allowances }) =>
  intent === 'destroy' && step.action === 'delete' && !allowances.destroy
    ? {
        rule: 'confirm-destroy',
        message: `Deleting ${step.title} is not confirmed.`,
        hint: 'Set `confirm_destroy` to the exact `name` of the database.'
      }
    : undefined;

/** Data that no final snapshot would keep is deleted only when the workflow says so. */
export const finalSnapshot: StepRule = ({ step, observed, allowances }) =>
  step.action === 'delete' && observed?.losesData === true && !allowances.skipFinalSnapshot
    ? {
        rule: 'final-snapshot',
        message: `Deleting ${step.title} would lose its data: no final snapshot is possible.`,
        hint: 'Take a copy first (`command: snapshot` or a dump), then set `skip_final_snapshot: true`.'
      }
    : undefined;

/**
 * A field that is fixed at creation, or whose table calls this change impossible, would need another database; the
 * action never replaces one.
 */
export const replacement: ChangeRule = (change, { step, table }) => {
  const rule = fieldRule(table, change.field);
  if (step.action === 'create' || (rule?.constraint !== 'create-only' && change.impact !== 'blocked')) return undefined;
  return {
    rule: 'replacement',
    message: `${nameOf(change)} of ${step.title} can't be changed in place${between(change)}.`,
    hint: rule?.hint ?? 'Make a new database under another `name`, move the data, then destroy this one.'
  };
};

/** A server that its provider can't run is not repaired by an apply, unless a change of the same step does it. */
export const broken: ChangeRule = (change, { step, table }) => {
  if (typeof change.from !== 'string') return undefined;
  const repair = fieldRule(table, change.field)?.repair?.(change.from);
  // A change that waits for a window leaves the server as it is until then.
  const isRepaired = step.changes.some(({ field, impact }) => field === repair?.by && impact !== 'deferred');
  if (repair === undefined || isRepaired) return undefined;
  const message = `${step.title} is \`${change.from}\`, which an apply does not change.`;
  return { rule: 'broken', message, hint: repair.hint };
};

/** Storage never shrinks; a change that is not clearly growth counts as shrinking. */
export const shrink: ChangeRule = (change, { step, table }) => {
  const rule = fieldRule(table, change.field);
  if (rule?.constraint !== 'grow-only' || isFirst(change)) return undefined;
  const [from, to] = [sizeOf(change.field, change.from, rule), sizeOf(change.field, change.to, rule)];
  if (from !== undefined && to !== undefined && to >= from) return undefined;
  return {
    rule: 'shrink',
    message: `${nameOf(change)} of ${step.title} can't shrink${between(change)}.`,
    hint: rule.hint ?? 'Keep the larger size, or move the data to a new, smaller database under another `name`.'
  };
};

/**
 * Versions go up; a major step only when the workflow allows it. A change that is not clearly a step up counts as one
 * down.
 */
export const versionStep: ChangeRule = (change, { step, table, allowances }) => {
  const rule = fieldRule(table, change.field);
  if (rule?.constraint !== 'upgrade-only' || isFirst(change)) return undefined;
  const [from, to] = [versionOf(change.field, change.from, rule), versionOf(change.field, change.to, rule)];
  if (from === undefined || to === undefined || compareVersions(from, to) > 0) {
    return {
      rule: 'downgrade',
      message: `${step.title} can't go back${between(change)}.`,
      hint:
        rule.hint ??
        'Restore a backup of the older version into a new database under another `name` (`restore_from_snapshot`, or `restore_source` with `restore_to_time`), or load a dump into one.'
    };
  }
  if (from[0] !== to[0] && !allowances.majorVersionUpgrade) {
    return {
      rule: 'major-version',
      message: `${step.title} would be upgraded to a new major version${between(change)}.`,
      hint: rule.hint ?? 'Try it on a copy, then set `allow_major_version_upgrade: true`.'
    };
  }
  return undefined;
};

/** `allow_restart: false` refuses every change with downtime. */
export const restart: ChangeRule = (change, { step, allowances }) =>
  step.action !== 'create' && !allowances.restart && (change.impact === 'restart' || change.impact === 'failover')
    ? {
        rule: 'restart',
        message: `${nameOf(change)} of ${step.title} needs a ${change.impact}, and \`allow_restart\` is false.`,
        hint: 'Set `allow_restart: true`, or leave this value as it is.'
      }
    : undefined;

export const STEP_RULES: readonly StepRule[] = [
  promoted,
  notOurs,
  foreignDependents,
  stopped,
  deletionProtection,
  frozen,
  confirmDestroy,
  finalSnapshot
];
export const CHANGE_RULES: readonly ChangeRule[] = [broken, replacement, shrink, versionStep, upgradesOthers, restart];

/**
 * Checks the step against every rule. A step that any rule refuses is `blocked`, with the first reason on each change.
 */
export function enforceSafetyRules(situation: Situation): Step {
  const { step } = situation;
  const refusal = STEP_RULES.map(rule => rule(situation)).find(found => found !== undefined);
  const changes = step.changes.map(change => {
    const refused = CHANGE_RULES.map(rule => rule(change, situation)).find(found => found !== undefined);
    return refused === undefined ? change : { ...change, impact: 'blocked' as const, refusal: refused };
  });
  const blocked = refusal !== undefined || changes.some(change => change.impact === 'blocked');
  if (!blocked) return step;
  return defined({
    ...step,
    action: 'blocked',
    intended: step.action as Exclude<Action, 'blocked'>,
    changes,
    impact: 'blocked',
    refusal
  });
}

/**
 * A danger for every change of the step that opens a database to the internet. Refused steps open nothing. An address
 * that no network may connect to is no danger yet.
 */
export function exposures(step: Step, table: FieldTable, observed: Observed | undefined): readonly Notice[] {
  if (step.action === 'blocked') return [];
  return step.changes
    .filter(change => fieldRule(table, change.field)?.constraint === 'exposure' && change.to === true)
    .map(change => {
      const by = fieldRule(table, change.field)?.exposedBy;
      const isClosed = by !== undefined && listOf(by, step, observed).length === 0;
      return defined({
        code: isClosed ? 'public-address' : 'public-exposure',
        severity: isClosed ? ('info' as const) : ('danger' as const),
        message: isClosed
          ? `${nameOf(change)} gives ${step.title} a public address, which no network may connect to: set \`${by}\`.`
          : `${nameOf(change)} opens ${step.title} to the internet.`,
        input: change.input
      });
    });
}

/** A field that is a list, as it is after the step. */
function listOf(field: string, step: Step, observed: Observed | undefined): readonly unknown[] {
  const change = step.changes.find(one => one.field === field);
  const value = change === undefined ? observed?.fields[field] : change.to;
  return Array.isArray(value) ? value : [];
}

function nameOf(change: Change): string {
  return change.input === undefined ? change.field : `\`${change.input}\``;
}

function between(change: Change): string {
  const from = change.shown?.from ?? text(change.from);
  const to = change.shown?.to ?? text(change.to);
  return from === undefined || to === undefined ? '' : ` (${from} → ${to})`;
}

function text(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** There was no value before, or there still is none: only the queued one is cancelled. */
function isFirst(change: Change): boolean {
  return change.from === undefined || change.from === null || change.withdraws === true;
}
