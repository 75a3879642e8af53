import { parseMark, type Mark } from '../engine/ownership.ts';
import type { SqlSession } from './connection.ts';
import { quoteIdentifier, quoteLiteral } from './identifier.ts';

/** The mark of a logical database, kept as its comment in JSON: copies of the database keep it. */
export interface DatabaseMark extends Mark {
  /** SHA-256 of each file of `init_sql` that ran, by its path. */
  readonly initSql?: Readonly<Record<string, string>>;
}

/**
 * Reads a comment. `undefined` for anything but a mark of ours; the database's owner may have written anything into it.
 */
export function parseDatabaseMark(comment: string | null | undefined): DatabaseMark | undefined {
  const mark: (Mark & { readonly initSql?: unknown }) | undefined = parseMark(comment);
  if (mark === undefined) return undefined;
  const { initSql, ...rest } = mark;
  return isHashes(initSql) ? { ...rest, initSql } : rest;
}

function isHashes(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(hash => typeof hash === 'string');
}

/**
 * Writes the mark, replacing any other comment. Must run as the owner of the database, from any database of the server.
 */
export async function markDatabase(session: SqlSession, name: string, mark: DatabaseMark): Promise<void> {
  await session.query(databaseComment(name, mark), undefined, `mark database ${name}`);
}

/** The statement of `markDatabase`, for use among others. */
export function databaseComment(name: string, mark: DatabaseMark): string {
  return `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(JSON.stringify(mark))}`;
}
