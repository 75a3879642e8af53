import type { SqlSession } from '../postgres/connection.ts';
import { CAST_QUERY, DROPPED_QUERY, OBJECT_QUERIES, SIZE_QUERY, VOLATILE_QUERY } from './catalog-queries.ts';
import type { ObjectKind, RelationSize, Schema, SchemaObject } from './schema.ts';

/**
 * What a session begins with, whatever settings the database or its owner may carry: names are qualified in every
 * definition, nothing is written, no lock is waited for, and all queries see the same moment.
 */
const SETTINGS = [
  "SET search_path = ''",
  "SET statement_timeout = '60s'",
  "SET lock_timeout = '10s'",
  "SET datestyle = 'ISO'",
  "SET intervalstyle = 'postgres'",
  'SET quote_all_identifiers = off',
  'SET standard_conforming_strings = on',
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
].join('; ');

/**
 * Reads the schema of a session's database from its catalogs. Reads no row of a table, and leaves a transaction open in
 * the session.
 */
export async function readSchema(session: SqlSession): Promise<Schema> {
  await session.query(SETTINGS);
  const doing = `read the schema of ${session.database}`;
  const objects: SchemaObject[] = [];
  for (const kind of Object.keys(OBJECT_QUERIES) as ObjectKind[]) {
    const rows = await session.query<Omit<SchemaObject, 'kind'>>(OBJECT_QUERIES[kind], undefined, doing);
    objects.push(...rows.map(row => ({ ...row, kind })));
  }
  const sizes = await session.query<RelationSize & { readonly id: string }>(SIZE_QUERY, undefined, doing);
  return {
    objects,
    sizes: new Map(sizes.map(({ id, ...size }) => [id, size])),
    droppedColumns: await namesOf(session, DROPPED_QUERY, doing),
    volatileFunctions: await namesOf(session, VOLATILE_QUERY, doing),
    binaryCasts: await namesOf(session, CAST_QUERY, doing)
  };
}

async function namesOf(session: SqlSession, query: string, doing: string): Promise<ReadonlySet<string>> {
  return new Set((await session.query<{ name: string }>(query, undefined, doing)).map(({ name }) => name));
}
