import { CALLS, startHostileApi } from './hostile-api.ts';
import { SMALL } from './hostile-api.ts';
(SMALL as { answerBytes: number }).answerBytes = 64 * 1024 * 1024;
test.each(Object.entries(CALLS))('%s', async (name, call) => {
  const api = await startHostileApi((_q, r) => { r.writeHead(Number(process.env['ST'] ?? 200), { 'content-type': 'application/json' }).end(Buffer.alloc(Number(process.env['N'] ?? 20000), ' ')); }, name.startsWith('Azure'));
  const s = Date.now();
  const out = await call(api.url).then(() => 'ok', (e: Error) => e.message.slice(0, 80));
  process.stderr.write(`${name} ${Date.now() - s} ms ${out}\n`);
  await api.stop();
}, 8000);
