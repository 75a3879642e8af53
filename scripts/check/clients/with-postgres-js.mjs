import { readFileSync } from 'node:fs';
import postgres from 'postgres';

// A URL's `sslrootcert` would be sent to the server as a parameter. The place and the login are libpq's variables.
const certificate = process.env.CA_CERTIFICATE_PATH;
const sql = postgres({ ssl: certificate === undefined ? false : { ca: readFileSync(certificate, 'utf8') } });
const [row] = await sql.unsafe(process.env.QUESTION);
process.stdout.write(`${row.answer}\n`);
await sql.end();
