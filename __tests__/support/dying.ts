import type { WayIn } from '../../src/postgres/way-in.ts';

/**
 * The way in, whose connections are all lost with the answer of one text, counted over all of them. `counts`: which
 * ones. Default: all.
 */
export function dying(way: WayIn, at: number, counts: (text: string) => boolean = () => true): WayIn {
  let left = at;
  const die = async (): Promise<never> => Promise.reject(new Error('the connection was lost'));
  const counted = async <T>(text: string, send: () => Promise<T>): Promise<T> => {
    if (left <= 0) return die();
    if (counts(text)) left -= 1;
    const answer = await send();
    return left > 0 ? answer : die();
  };
  return {
    ...way,
    open: async (entry, signal) => {
      if (left <= 0) return die();
      const opened = await way.open(entry, signal);
      if (opened.kind === 'not-reachable') return opened;
      const { session } = opened;
      return {
        kind: 'open',
        session: {
          ...session,
          query: async <Row extends object>(text: string, values?: readonly unknown[], doing?: string) =>
            counted(text, async () => session.query<Row>(text, values, doing)),
          batch: async (text, options) => counted(text, async () => session.batch(text, options))
        }
      };
    }
  };
}

/** A run that is lost after a text that only reads left the same as one that is lost before it. */
export function changes(text: string): boolean {
  return !/^\s*(select|with|set|show)\s/i.test(text);
}
