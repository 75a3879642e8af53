import { Client } from 'pg';

/** What the step after a database does: connects with the output `database_url`, and checks that it reached what was asked for. */
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const { rows } = await client.query(
  "SELECT version(), current_database() AS database, current_setting('server_version') AS number"
);
await client.end();
const [{ version, database, number }] = rows;
process.stdout.write(`${database}: ${version}\n`);
if (database !== 'app_test') throw new Error(`This is the database ${database}`);
if (number.split('.')[0] !== process.env.EXPECTED_MAJOR)
  throw new Error(`Not PostgreSQL ${process.env.EXPECTED_MAJOR}`);
