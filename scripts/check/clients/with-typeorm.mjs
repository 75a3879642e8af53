import { DataSource } from 'typeorm';

const source = new DataSource({ type: 'postgres', url: process.env.DATABASE_URL });
await source.initialize();
const [row] = await source.query(process.env.QUESTION);
process.stdout.write(`${row.answer}\n`);
await source.destroy();
