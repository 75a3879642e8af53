import { readFileSync } from 'node:fs';
import { run } from './pull-request-database.ts';
import type { TestCluster } from './real-server.ts';

/** What reached a server. */
export interface Traffic {
  readonly connections: number;
  /** Texts of any number of statements: each is a round trip. */
  readonly texts: number;
}

/** Lets a server log what `trafficOf` counts. */
export async function logTraffic(cluster: TestCluster): Promise<void> {
  await run(
    cluster.target(),
    'ALTER SYSTEM SET log_connections = on',
    "ALTER SYSTEM SET log_statement = 'all'",
    "ALTER SYSTEM SET log_line_prefix = '%a '",
    'SELECT pg_reload_conf()'
  );
}

/** Connections and texts that reached the server meanwhile, by its own log. */
export async function trafficOf(cluster: TestCluster, work: () => Promise<unknown>): Promise<Traffic> {
  const log = (): string => readFileSync(cluster.layout.logFile, 'utf8');
  const before = log().length;
  await work();
  const lines = log().slice(before).split('\n');
  return {
    connections: lines.filter(line => line.includes('connection authorized:')).length,
    texts: lines.filter(line => /^\S* ?LOG: {2}(statement|execute [^:]*):/.test(line)).length
  };
}
