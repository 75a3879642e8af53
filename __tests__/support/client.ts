import { Client } from 'pg';

/** Connects with an address from the outputs of a step, as the next step of a workflow would, and runs one query. */
export async function query<Row extends Record<string, unknown>>(
  databaseUrl: string | undefined,
  sql: string,
  values: readonly unknown[] = []
): Promise<readonly Row[]> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** The one value of a query of one row and one column. */
export async function ask(
  databaseUrl: string | undefined,
  sql: string,
  values: readonly unknown[] = []
): Promise<unknown> {
  const [row = {}] = await query(databaseUrl, sql, values);
  return Object.values(row)[0];
}

/** A setting as the server reports it, with its unit: `8MB`. */
export async function setting(databaseUrl: string | undefined, name: string): Promise<unknown> {
  return ask(databaseUrl, 'select current_setting($1)', [name]);
}
