import { Client } from 'pg';

const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const { rows } = await client.query(String(process.env.QUESTION));
process.stdout.write(`${rows[0].answer}\n`);
await client.end();
