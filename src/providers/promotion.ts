import { defined } from '../engine/defined.ts';
import {
  asPromoted,
  asSuperseded,
  describeMark,
  isOfSameWorkflow,
  successorOf,
  type Mark,
  type Ownership,
  type Successor,
  type Target
} from '../engine/ownership.ts';
import type { OperationDraft, OperationState, OperationStep } from '../engine/operation.ts';
import type { Refusal } from '../engine/plan.ts';

/** A server that is a read replica, or was one until it was promoted. */
export interface Candidate {
  readonly name: string;
  /** Where that is another region than the one of its server. */
  readonly region?: string;
  /** Whether it follows a server now. */
  readonly isReplica: boolean;
  /** By its mark, held against the target of the run. */
  readonly ownership: Ownership;
}

/**
 * How a replica takes over. A promotion leaves two servers that take writes; after a switchover the server before
 * follows.
 */
export type Takeover = 'promote' | 'switchover';

const WORDS = {
  promote: { noun: 'A promotion cannot be undone, and it', input: 'confirm_promote', verb: 'promote' },
  switchover: { noun: 'A switchover cuts all connections, and it', input: 'confirm_switchover', verb: 'switch over to' }
} as const;

/** What a provider knows and can do for a promotion or a switchover. */
export interface Promotion<R extends Candidate> {
  readonly kind: Takeover;
  readonly target: Target;
  /** `confirm_promote`, `confirm_switchover`. */
  readonly chosen: string | undefined;
  /** The live replicas of the server. Where the server asked for is a replica itself: that one alone. */
  readonly replicas: readonly R[];
  /** A server by its name that is not among them: promoted by an earlier run, or by hand. */
  readonly find: (name: string) => Promise<R | undefined>;
  /** The inputs that name it, once it is promoted. */
  readonly inputsOf: (candidate: R) => Readonly<Record<string, string>>;
  /** Seconds by which it is behind, or why that is not known. */
  readonly lagOf: (candidate: R) => Promise<number | string>;
  /** What the provider does and leaves to do, in sentences. */
  readonly consequences: (candidate: R) => readonly string[];
  readonly refusals: (candidate: R) => readonly Refusal[];
  /** The steps in their order: the marks and the call. */
  readonly steps: (candidate: R) => readonly (OperationStep | MarkStep)[];
}

/** A step that writes a mark, and can write the one before. */
export interface MarkStep extends OperationStep {
  readonly undo: () => Promise<void>;
}

/** Each call takes back the marks, where the provider refuses it for good: else nothing could be applied any more. */
function withTakeBack(steps: readonly (OperationStep | MarkStep)[]): readonly OperationStep[] {
  const undos = steps.flatMap(step => ('undo' in step ? [step.undo] : []));
  const takeBack = async (): Promise<void> => {
    for (const undo of undos.toReversed()) await undo();
  };
  return steps.map(step => ('undo' in step ? step : { ...step, takeBack }));
}

/**
 * Drafts a promotion. The replica is the one that `confirm_promote` names; without it, a plan shows the only one and is
 * refused.
 */
export async function draftPromotion<R extends Candidate>(promotion: Promotion<R>): Promise<OperationDraft> {
  const { kind, target, chosen, replicas } = promotion;
  const { noun, input, verb } = WORDS[kind];
  const refused = (message: string, hint: string): Refusal => ({ rule: kind, message, hint });
  const name = chosen?.toLowerCase();
  const named = replicas.find(one => one.name.toLowerCase() === name);
  const found = named ?? (name === undefined ? undefined : await promotion.find(name));
  const only = replicas.length === 1 ? replicas[0] : undefined;
  const candidate = found ?? (name === undefined ? only : undefined);
  const names = replicas.map(one => `\`${one.name}\``).join(', ');
  if (candidate === undefined) {
    const refusal =
      replicas.length === 0
        ? refused(
            `${target.name} has no read replica of this workflow to ${verb}.`,
            'Apply `create_read_replica: true` or `replica_region` first.'
          )
        : refused(
            chosen === undefined
              ? `${target.name} has more than one read replica: ${names}.`
              : `${target.name} has no read replica ${chosen}.`,
            `Set \`${input}\` to one of ${names}.`
          );
    return { steps: [], consequences: [], refusals: [refusal] };
  }
  const foreign = ownerRefusal(candidate, target, input);
  if (foreign !== undefined) return { steps: [], consequences: [], refusals: [foreign] };
  const isSwitch = kind === 'switchover';
  const lag = candidate.isReplica ? await promotion.lagOf(candidate) : 0;
  const inputs = promotion.inputsOf(candidate);
  return {
    steps: withTakeBack(promotion.steps(candidate)),
    consequences: [
      ...(candidate.isReplica ? [lagSentence(candidate.name, lag, isSwitch)] : []),
      ...promotion.consequences(candidate),
      ...(target.name === candidate.name
        ? []
        : [
            isSwitch
              ? `${target.name} follows ${candidate.name} as its read replica, keeps its name and is billed. An apply with \`name: ${target.name}\` changes it no more.`
              : `${target.name} keeps running, takes writes and is billed: stop the applications that write to it first. An apply changes it no more. \`command: destroy\` with \`name: ${target.name}\` removes it.`
          ]),
      `Afterwards write ${inputText(inputs)} into the inputs of the workflow. The outputs of this run are those of ${candidate.name}.`
    ],
    refusals: [
      ...(chosen === undefined ? [refused(`${noun} is not confirmed.`, `Set \`${input}: ${candidate.name}\`.`)] : []),
      ...(candidate.isReplica ? promotion.refusals(candidate) : [])
    ],
    successor: inputs
  };
}

/** Ours, as a replica or as what a promotion made of it. */
function ownerRefusal({ name, isReplica, ownership }: Candidate, target: Target, input: string): Refusal | undefined {
  if (ownership.kind === 'unmarked') {
    return {
      rule: 'not-ours',
      message: `${name} carries no ownership mark.`,
      hint: `Take it over first: apply with \`adopt_existing: ${target.name}\` and \`replica_names\`.`
    };
  }
  const { mark } = ownership;
  const names = [mark.name, mark.promotedFrom, ...(isReplica ? [successorOf(mark)?.name] : [])];
  const isOurs = isOfSameWorkflow(mark, target) && (names.includes(target.name) || (isReplica && name === target.name));
  if (isOurs) return undefined;
  return {
    rule: 'not-ours',
    message: `${name} belongs to ${describeMark(mark)}, and is no read replica of ${target.name}.`,
    hint: `Set \`${input}\` to a read replica of this database.`
  };
}

function lagSentence(name: string, lag: number | string, isSwitch: boolean): string {
  const lost = isSwitch
    ? 'Writes wait until it has received everything: nothing is lost.'
    : 'What it has not received when it is promoted is lost.';
  return typeof lag === 'number'
    ? `${name} is ${lag} s behind now. ${lost}`
    : `How far ${name} is behind could not be read (${lag}). ${lost}`;
}

/** `name: x and aws_region: y`, each as code. */
function inputText(inputs: Readonly<Record<string, string>>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `\`${name}: ${value}\``)
    .join(' and ');
}

/** How the mark of one server is read and written. */
export interface MarkAccess {
  readonly step: Pick<OperationStep, 'address' | 'call' | 'intervalSeconds'>;
  readonly name: string;
  /** The mark as it is now, from the provider. */
  readonly read: () => Promise<Mark | undefined>;
  readonly write: (mark: Mark) => Promise<void>;
}

/** Notes on the server that another one takes over from it: from then on an apply changes it no more. */
export function supersedeStep(at: MarkAccess, successor: Successor): MarkStep {
  return markStep(at, {
    summary: `note on server ${at.name} that ${successor.name} takes over`,
    next: mark => (successorOf(mark)?.name === successor.name ? undefined : asSuperseded(mark, successor)),
    before: mark => {
      const { promotedTo: _successor, ...rest } = mark;
      return successorOf(mark)?.name === successor.name ? rest : undefined;
    }
  });
}

/** Gives the replica a name of its own in its mark: from then on it is nothing of the server that it follows. */
export function ownNameStep(at: MarkAccess, target: Target): MarkStep {
  return markStep(at, {
    summary: `write the mark of ${at.name} as a server of its own`,
    next: mark =>
      mark.name === at.name && mark.promotedTo === undefined ? undefined : asPromoted(mark, at.name, target),
    before: mark => {
      const { promotedFrom, ...rest } = mark;
      return promotedFrom === undefined || mark.name !== at.name ? undefined : { ...rest, name: promotedFrom };
    }
  });
}

interface MarkChange {
  readonly summary: string;
  /** What to write; `undefined` when the mark is as it should be. */
  readonly next: (mark: Mark) => Mark | undefined;
  /** The mark before it; `undefined` when it was not written. */
  readonly before: (mark: Mark) => Mark | undefined;
}

function markStep({ step, name, read, write }: MarkAccess, { summary, next, before }: MarkChange): MarkStep {
  return {
    ...step,
    undo: async () => {
      const mark = await read();
      const wanted = mark === undefined ? undefined : before(mark);
      if (wanted !== undefined) await write(wanted);
    },
    title: `server ${name}`,
    summary,
    impact: 'online',
    usually: 'a moment',
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const mark = await read();
      if (mark === undefined) return { state: 'failed', message: `${name} carries no mark of this action any more` };
      return next(mark) === undefined ? { state: 'done', detail: 'marked' } : { state: 'todo', detail: 'not marked' };
    },
    send: async () => {
      const mark = await read();
      const wanted = mark === undefined ? undefined : next(mark);
      if (wanted !== undefined) await write(wanted);
    }
  };
}

/** Whether a call's goal is reached: a replica that follows no server any more, and is ready. */
export function promotedState(
  live: { readonly isReplica: boolean; readonly isReady: boolean; readonly detail: string } | undefined
): OperationState {
  if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
  if (!live.isReplica) return { state: live.isReady ? 'done' : 'underway', detail: live.detail };
  return { state: live.isReady ? 'todo' : 'underway', detail: live.detail };
}

/** The successor as the old server's mark names it. */
export function successorFrom({ name, region }: Candidate): Successor {
  return defined({ name, region });
}
