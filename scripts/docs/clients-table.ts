import { CLIENTS } from '../check/clients/rows.ts';
import { MIGRATIONS } from '../check/migrations/rows.ts';
import { code, table } from './markdown.ts';

/** What each client is given to connect. Every row is run by `scripts/check/clients.mts`. */
export function clientsTable(): string {
  return table(
    ['Client', 'takes', 'with `tls: true`'],
    CLIENTS.map(({ client, takes, takesForTls = 'the same' }) => [client, takes, takesForTls])
  );
}

/** What each migration tool is given, and its example. `scripts/check/clients.mts` runs the examples. */
export function migrationsTable(): string {
  return table(
    ['Tool', 'takes', 'Example'],
    MIGRATIONS.map(({ tool, takes, example }) => {
      const file = `local-migrations-${example}.yml`;
      return [tool, takes, `[${code(file)}](../examples/${file})`];
    })
  );
}
