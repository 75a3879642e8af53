import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Compiler } from '../../../../scripts/mutate/compiler.mts';
import { root } from '../../../../scripts/mutate/modules.mts';

test('says what the compiler refuses, and forgets it for the next question', async () => {
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(root, 'build', 'compiler-'));
  try {
    const file = path.join(root, 'scripts/mutate/draw.mts');
    const source = readFileSync(file, 'utf8');
    const compiler = new Compiler(folder, ['scripts/mutate/draw.mts']);
    const [complaint, ...others] = await compiler.refusals(file, source.replace('count: number', "count: 'many'"));
    expect(complaint).toMatch(/draw\.mts\(\d+,\d+\): error TS2345: .*'string'/u);
    expect(others).toEqual([]);
    expect(await compiler.refusals(file, source.replace('last > 0', 'last > 1'))).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(source);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
