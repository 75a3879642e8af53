import { createHash } from 'node:crypto';
import { ActionError } from '../errors.ts';

/** PostgreSQL keeps the first 63 bytes of a name (NAMEDATALEN - 1) and drops the rest without an error. */
export const MAX_NAME_BYTES = 63;

/** Whether PostgreSQL keeps the name from every role: https://www.postgresql.org/docs/current/sql-createrole.html */
export function isReservedRole(name: string): boolean {
  return /^pg_/i.test(name) || ['public', 'none'].includes(name.toLowerCase());
}

/** Whether it is a database that every server begins with, and that no one works in. */
export function isTemplate(database: string): boolean {
  return database === 'template0' || database === 'template1';
}

/**
 * `name` as an SQL identifier, inert whatever it holds. The same text as `escapeIdentifier` of node-postgres, which is
 * not used because it would load the whole client for one line (a test holds the two together). Throws `input-invalid`
 * for a name that PostgreSQL cannot hold as it is: empty, longer than 63 bytes, or with a NUL.
 */
export function quoteIdentifier(name: string): string {
  const reason = unfitReason(name);
  if (reason !== undefined) {
    throw new ActionError(`Could not use ${JSON.stringify(name)} as a name in PostgreSQL: ${reason}`, {
      code: 'input-invalid',
      source: 'user',
      hint: `Use a name of 1 to ${MAX_NAME_BYTES} bytes without NUL characters.`
    });
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * `value` as an SQL string literal, inert whatever it holds and whatever `standard_conforming_strings` says.
 * Throws `input-invalid` for a NUL, which no PostgreSQL text can hold. The value is not repeated in the error.
 */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) {
    throw new ActionError('Could not send a text to PostgreSQL: it holds a NUL character', {
      code: 'input-invalid',
      source: 'user',
      hint: 'Remove the NUL character: PostgreSQL cannot store it.'
    });
  }
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * `name` shortened to what PostgreSQL keeps, so that two long names never become one: the cut end is replaced by a hash
 * of the whole. A name that fits comes back unchanged; characters are never cut in half.
 */
export function fitName(name: string, maxBytes: number = MAX_NAME_BYTES): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const suffix = `_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  let head = '';
  for (const character of name) {
    if (Buffer.byteLength(head + character) > maxBytes - suffix.length) break;
    head += character;
  }
  return head + suffix;
}

function unfitReason(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it holds a NUL character';
  const bytes = Buffer.byteLength(name);
  return bytes > MAX_NAME_BYTES ? `it is ${bytes} bytes long, ${MAX_NAME_BYTES} are kept` : undefined;
}
