import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';

const dir = path.join(import.meta.dirname, 'migrations-of-node-pg-migrate');
mkdirSync(dir, { recursive: true });
writeFileSync(
  path.join(dir, '1_init.cjs'),
  "exports.up = pgm => pgm.createTable('by_node_pg_migrate', { id: 'integer' });\n"
);
const databaseUrl = process.env.DATABASE_URL;
await runner({ databaseUrl, dir, direction: 'up', migrationsTable: 'pgmigrations', log: () => {} });
const client = new Client(databaseUrl);
await client.connect();
await client.query('select * from by_node_pg_migrate');
const { rows } = await client.query(String(process.env.QUESTION));
process.stdout.write(`${rows[0].answer}\n`);
await client.end();
