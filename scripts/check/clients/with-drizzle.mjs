import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';

const database = drizzle(process.env.DATABASE_URL);
const { rows } = await database.execute(sql.raw(process.env.QUESTION));
process.stdout.write(`${rows[0].answer}\n`);
await database.$client.end();
