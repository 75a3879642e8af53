import knex from 'knex';

const database = knex({ client: 'pg', connection: process.env.DATABASE_URL });
const migrationSource = {
  getMigrations: async () => ['init'],
  getMigrationName: name => name,
  getMigration: async () => ({
    up: async schema => schema.schema.createTable('by_knex', table => table.integer('id')),
    down: async () => {}
  })
};
await database.migrate.latest({ migrationSource });
await database.raw('select * from by_knex');
const { rows } = await database.raw(process.env.QUESTION);
process.stdout.write(`${rows[0].answer}\n`);
await database.destroy();
