import { ProviderError } from '../errors.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { SqlSession } from './connection.ts';
import { quoteIdentifier } from './identifier.ts';

/**
 * Throws `provider-invalid`, with a suggestion, when the server does not have an extension of this name. Any database
 * of it will do.
 */
export async function requireExtension(session: SqlSession, name: string): Promise<void> {
  const rows = await session.query<{ name: string }>(
    'select name::text from pg_catalog.pg_available_extensions',
    [],
    'list the extensions'
  );
  const available = rows.map(row => row.name);
  if (available.includes(name)) return;
  const suggestion = didYouMean(name, available);
  throw new ProviderError(
    `Could not create extension ${name}: PostgreSQL ${session.serverVersion} here does not have it`,
    {
      kind: 'invalid',
      hint: suggestion === undefined ? `Available: ${available.sort().join(', ')}.` : `Did you mean \`${suggestion}\`?`
    }
  );
}

/** Creates an extension in the session's database, with its dependencies. An existing one is a success. */
export async function createExtension(session: SqlSession, name: string): Promise<void> {
  await session.query(extensionStatement(name), undefined, `create extension ${name}`);
}

/** The statement of `createExtension`, for use among others. */
export function extensionStatement(name: string): string {
  return `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} CASCADE`;
}
