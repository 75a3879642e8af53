import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
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
