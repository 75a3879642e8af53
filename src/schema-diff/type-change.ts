/** A type as `format_type` writes it, without its modifiers and with them apart: `numeric(10,2)`. */
interface Parsed {
  readonly name: string;
  readonly modifiers: readonly number[];
}

/**
 * Types whose one modifier is a greatest length or a precision: a larger one, or none, takes every value as it is
 * stored.
 */
const WIDENING =
  /^(character varying|bit varying|time without time zone|time with time zone|timestamp without time zone|timestamp with time zone|interval)$/;

/**
 * Whether a change of a column's type keeps the stored values as they are. False also where PostgreSQL may know a way
 * that is not seen here. `binaryCasts` are those of the server.
 */
export function keepsStorage(from: string, to: string, binaryCasts: ReadonlySet<string>): boolean {
  if (from === to) return true;
  const [before, after] = [parse(from), parse(to)];
  if (before.name !== after.name)
    return after.modifiers.length === 0 && binaryCasts.has(`${before.name}>${after.name}`);
  if (after.modifiers.length === 0) return WIDENING.test(after.name) || after.name === 'numeric';
  if (before.modifiers.length === 0) return false;
  const [[width = 0, scale = 0], [newWidth = 0, newScale = 0]] = [before.modifiers, after.modifiers];
  if (after.name === 'numeric') return newWidth >= width && newScale === scale;
  return WIDENING.test(after.name) && newWidth >= width;
}

function parse(type: string): Parsed {
  const found = /\(([\d,-]+)\)/.exec(type);
  if (found === null) return { name: type, modifiers: [] };
  return { name: type.replace(found[0], ''), modifiers: (found[1] ?? '').split(',').map(Number) };
}
