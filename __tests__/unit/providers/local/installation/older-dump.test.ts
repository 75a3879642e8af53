import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Observed } from '../../../../../src/engine/resource.ts';
import type { LocalContext } from '../../../../../src/providers/local/context.ts';
import { outputs } from '../../../../../src/providers/local/outputs.ts';
import { olderDump } from '../../../../../src/providers/local/installation/older-dump.ts';
import { fakeMachine } from '../../../../support/fake-machine.ts';

test.each([
  [
    'an older one',
    ['14', '16'],
    17,
    /pg_dump of this machine is 16, .* server, which is 17\. Set `engine_version: 16`/
  ],
  ['the same one', ['14', '17'], 17, undefined],
  ['a newer one', ['18'], 17, undefined],
  ['none', [], 17, undefined],
  ['something else beside', ['16', 'common'], 16, undefined]
])('a machine with %s', async (_what, majors, major, said) => {
  const machine = await fakeMachine();
  for (const one of majors) {
    const bin = path.join(machine.root, 'usr/lib/postgresql', one, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(path.join(bin, 'pg_dump'), '');
  }
  const remark = olderDump(machine, major);
  if (said === undefined) expect(remark).toBeUndefined();
  else expect(remark).toMatch(said);
  await machine.remove();
});

test('the outputs of a server say that the machine has an older one', async () => {
  const machine = await fakeMachine();
  await mkdir(path.join(machine.root, 'usr/lib/postgresql/16/bin'), { recursive: true });
  await writeFile(path.join(machine.root, 'usr/lib/postgresql/16/bin/pg_dump'), '');
  const context = {
    machine,
    spec: { name: 'orders' },
    settings: {},
    masterPassword: async () => 'secret',
    live: async () => ({ credentials: { binDir: '/of/the/packages', version: '17.10' } })
  } as unknown as LocalContext;
  const facts = { host: '127.0.0.1', port: 5432, username: 'postgres' };
  const server = { address: 'server', fields: { status: 'running' }, ownership: { kind: 'ours' }, facts };
  const found = await outputs(context, [server as unknown as Observed]);
  expect(found?.programsRemark).toMatch(/^pg_dump of this machine is 16/);
  await machine.remove();
});
