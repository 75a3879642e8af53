import type { OperationStep } from '../engine/operation.ts';
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

/** What a note step needs of its operation. */
export interface NoteWork {
  readonly before: string;
  readonly now: () => Date;
  /**
   * Where the operation of an open note stands: its effect is there or on its way (`begun`), the call was never sent or
   * had no effect (`nothing`), or something else had that effect since (`other`), so that the note says nothing.
   */
  readonly standing: (note: OperationNote) => Promise<'begun' | 'nothing' | 'other'>;
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

/**
 * Writes the note. An open one of an earlier run stays where the operation has begun, and is written again, with the
 * time, where nothing has happened: this run is about to send the call.
 */
export function noteStep(access: MarkAccess, operation: string, { before, now, standing }: NoteWork): OperationStep {
  const { step, name, read, write } = access;
  let isWritten = false;
  return {
    ...step,
    title: `server ${name}`,
    summary: `note on server ${name} when ${inWords(operation)} begins`,
    impact: 'online',
    usually: 'a moment',
    isRepeatable: true,
    look: async () => {
      const mark = await read();
      if (mark === undefined) return unmarked(name);
      const note = noteOf(mark, operation, now());
      if (note === undefined) return { state: 'todo', detail: 'not noted' };
      const isOpen = note.endedAt === undefined;
      if (isOpen && !isWritten && (await standing(note)) !== 'begun')
        return { state: 'todo', detail: `noted at ${note.at}, without effect` };
      return { state: 'done', detail: `noted at ${note.at}` };
    },
    send: async () => {
      const mark = await read();
      if (mark === undefined) return;
      await write({ ...mark, operated: [operation, now().toISOString(), before].join('|') });
      isWritten = true;
    }
  };
}

/** Closes the note once the effect is there: the operation is not this one's any more after `RECENT_MINUTES`. */
export function noteEndStep(
  { step, name, read, write }: MarkAccess,
  operation: string,
  now: () => Date
): OperationStep {
  return {
    ...step,
    title: `server ${name}`,
    summary: `note on server ${name} that ${inWords(operation)} has ended`,
    impact: 'online',
    usually: 'a moment',
    isRepeatable: true,
    look: async () => {
      const mark = await read();
      if (mark === undefined) return unmarked(name);
      const endedAt = noteOf(mark, operation, now())?.endedAt;
      return endedAt === undefined
        ? { state: 'todo', detail: 'not noted' }
        : { state: 'done', detail: `noted at ${endedAt}` };
    },
    send: async () => {
      const mark = await read();
      const note = noteOf(mark, operation, now());
      if (mark === undefined || note === undefined) return;
      await write({ ...mark, operated: [operation, note.at, note.before, now().toISOString()].join('|') });
    }
  };
}

function inWords(operation: string): string {
  return operation.replace(':', ' of ');
}

function unmarked(name: string): { readonly state: 'failed'; readonly message: string } {
  return { state: 'failed', message: `${name} carries no mark of this action any more` };
}
