import type { OperationStep } from '../engine/operation.ts';
import type { Mark } from '../engine/ownership.ts';
import { RECENT_MINUTES } from './operations.ts';
import type { MarkAccess } from './promotion.ts';

/**
 * What is written into the mark before an operation that the service keeps no record of: by it a later run can tell
 * whether the call had its effect.
 */
export interface OperationNote {
  /** ISO 8601. */
  readonly at: string;
  /** What the operation changes, as it was before: a zone, the hash of a password. */
  readonly before: string;
}

/** The note of this operation in the last `RECENT_MINUTES`: `failover`, or `rotate:doadmin`. */
export function recentNote(mark: Mark | undefined, operation: string, now: Date): OperationNote | undefined {
  const [name, at = '', before = ''] = mark?.operated?.split('|') ?? [];
  const isRecent = Date.parse(at) >= now.getTime() - RECENT_MINUTES * 60_000;
  return name === operation && isRecent ? { at, before } : undefined;
}

/** Writes the note. One of the last `RECENT_MINUTES` stays: the operation is the one that it was written for. */
export function noteStep(
  { step, name, read, write }: MarkAccess,
  operation: string,
  { before, now }: { readonly before: string; readonly now: () => Date }
): OperationStep {
  return {
    ...step,
    title: `server ${name}`,
    summary: `note on server ${name} when ${operation.replace(':', ' of ')} begins`,
    impact: 'online',
    usually: 'a moment',
    isRepeatable: true,
    look: async () => {
      const mark = await read();
      if (mark === undefined) return { state: 'failed', message: `${name} carries no mark of this action any more` };
      const note = recentNote(mark, operation, now());
      return note === undefined
        ? { state: 'todo', detail: 'not noted' }
        : { state: 'done', detail: `noted at ${note.at}` };
    },
    send: async () => {
      const mark = await read();
      if (mark === undefined) return;
      await write({ ...mark, operated: [operation, now().toISOString(), before].join('|') });
    }
  };
}
