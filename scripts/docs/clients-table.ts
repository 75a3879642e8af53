import { CLIENTS } from '../check/clients/rows.ts';
import { table } from './markdown.ts';

/** What each client is given to connect. Every row is run by `scripts/check/clients.mts`. */
export function clientsTable(): string {
  return table(
    ['Client', 'takes', 'with `tls: true`'],
    CLIENTS.map(({ client, takes, takesForTls = 'the same' }) => [client, takes, takesForTls])
  );
}
