import knex from 'knex';

const database = knex({ client: 'pg', connection: process.env.DATABASE_URL });
const { rows } = await database.raw(process.env.QUESTION);
process.stdout.write(`${rows[0].answer}\n`);
await database.destroy();
