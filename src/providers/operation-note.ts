import { defined } from '../engine/defined.ts';
import type { OperationState, OperationStep } from '../engine/operation.ts';
import type { Mark } from '../engine/ownership.ts';
import { RECENT_MINUTES } from './operations.ts';
import type { MarkAccess } from './promotion.ts';

/**
 * What is written into the mark before an operation that the service keeps no record of: by it a later run can tell
 * whether the call had its effect. It stays open until a run has seen the effect, however late that is.
 */
export interface OperationNote {
  /** ISO 8601: right before the last call. */
  readonly at: string;
  /** What the operation changes, as it was before: a zone, the hash of a password. */
  readonly before: string;
  /** ISO 8601: when a run saw the effect. Absent while the note is open. */
  readonly endedAt?: string;
}

/** What the steps need of their operation. */
export interface NoteWork {
  readonly before: string;
  readonly now: () => Date;
  /**
   * Where the operation of an open note stands: its effect is there or on its way (`begun`), the call was never sent or
   * had no effect (`nothing`), or something else had that effect since (`other`), so that the note says nothing.
   */
  readonly standing: (note: OperationNote) => Promise<'begun' | 'nothing' | 'other'>;
  /** The operation goes on where the note can't be written. Default: false. */
  readonly isOptional?: boolean;
}

/**
 * The note of this operation, `failover` or `rotate:doadmin`: an open one, or one that ended in the last
 * `RECENT_MINUTES`.
 */
export function noteOf(mark: Mark | undefined, operation: string, now: Date): OperationNote | undefined {
  const [name, at = '', before = '', endedAt] = mark?.operated?.split('|') ?? [];
  if (name !== operation) return undefined;
  if (endedAt === undefined) return { at, before };
  return isRecent(endedAt, now) ? { at, before, endedAt } : undefined;
}

/** Whether a moment is one of the last `RECENT_MINUTES`. */
export function isRecent(at: string, now: Date): boolean {
  return Date.parse(at) >= now.getTime() - RECENT_MINUTES * 60_000;
}

/** The steps before and after an operation: the one writes its note, the other closes it once the effect is there. */
export interface NoteSteps {
  /**
   * An open note of an earlier run stays where the operation has begun, and is written again, with the time, where
   * nothing has happened: this run is about to send the call.
   */
  readonly begin: OperationStep;
  /** After it the operation is not this one's any more when `RECENT_MINUTES` have passed. */
  readonly end: OperationStep;
}

export function noteSteps(access: MarkAccess, operation: string, work: NoteWork): NoteSteps {
  const { read, write, name } = access;
  const { before, now, standing, isOptional = false } = work;
  let isWritten = false;
  let isMissing = false;
  const frame = (when: string, look: (mark: Mark) => Promise<OperationState>, send: OperationStep['send']) => ({
    ...access.step,
    ...defined({ isOptional: isOptional ? true : undefined }),
    title: `server ${name}`,
    summary: `note on server ${name} ${when}`,
    impact: 'online' as const,
    usually: 'a moment',
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const mark = await read();
      return mark === undefined
        ? { state: 'failed', message: `${name} carries no mark of this action any more` }
        : look(mark);
    },
    send
  });
  const begin = async (mark: Mark): Promise<OperationState> => {
    const note = noteOf(mark, operation, now());
    if (note === undefined) return { state: 'todo', detail: 'not noted' };
    const isOpen = note.endedAt === undefined;
    return isOpen && !isWritten && (await standing(note)) !== 'begun'
      ? { state: 'todo', detail: `noted at ${note.at}, without effect` }
      : { state: 'done', detail: `noted at ${note.at}` };
  };
  const end = async (mark: Mark): Promise<OperationState> => {
    const note = noteOf(mark, operation, now());
    if (isMissing && isOptional) return { state: 'done', detail: 'nothing was noted' };
    return note?.endedAt === undefined
      ? { state: 'todo', detail: 'not noted' }
      : { state: 'done', detail: `noted at ${note.endedAt}` };
  };
  return {
    begin: frame(`when ${inWords(operation)} begins`, begin, async () => {
      const mark = await read();
      if (mark === undefined) return;
      await write({ ...mark, operated: [operation, now().toISOString(), before].join('|') });
      isWritten = true;
    }),
    end: frame(`that ${inWords(operation)} has ended`, end, async () => {
      const mark = await read();
      const note = noteOf(mark, operation, now());
      isMissing = note === undefined;
      if (mark === undefined || note === undefined) return;
      await write({ ...mark, operated: [operation, note.at, note.before, now().toISOString()].join('|') });
    })
  };
}

function inWords(operation: string): string {
  return operation.replace(':', ' of ');
}
