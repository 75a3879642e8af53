import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { NEEDED, nodeGate, problemOfNode } from '../../../../scripts/build/node-gate.mts';

const root = path.resolve(import.meta.dirname, '../../../..');

/** What the beginning of the bundle does on a version of Node. */
function begin(node: string, env: Readonly<Record<string, string>>): readonly string[] {
  const done: string[] = [];
  const files = {
    writeSync: (_to: number, text: string) => done.push(text),
    appendFileSync: (file: string, text: string) => done.push(`${file}: ${text}`)
  };
  const process = { versions: { node }, env, exit: (status: number) => done.push(`exit ${status}`) };
  runInNewContext(nodeGate(), { process, require: () => files });
  return done;
}

test.each(['24.0.0', '24.19.0', '26.1.0', '22.15.0', '22.21.1'])('the bundle begins on Node %s', version => {
  expect(begin(version, { GITHUB_STATE: 'state' })).toEqual([]);
});

test.each(['16.20.2', '18.20.8', '20.20.2', '22.14.0', '23.7.0'])(
  'on Node %s the step says which is needed and how to get it, and its post step is silent',
  version => {
    expect(begin(version, { GITHUB_STATE: 'state' })).toEqual([
      `::error::Could not run pgkeep: it needs Node 24 (22.15 will do), and was started with Node ${version}. ` +
        'Install Node 24 in the image of the job, or run actions/setup-node before this step.\n',
      'state: main=begun\n',
      'exit 1'
    ]);
    expect(begin(version, { STATE_main: 'begun' })).toEqual(['exit 0']);
  }
);

test('every place names the same versions', () => {
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const { engines } = JSON.parse(read('package.json')) as { readonly engines: { readonly node: string } };
  expect(engines.node).toBe(NEEDED);
  const [, major, minor, next] = /^\^(\d+)\.(\d+)\.0 \|\| >=(\d+)\.0\.0$/.exec(NEEDED) ?? [];
  expect(problemOfNode(`${major}.${minor}.0`)).toBeUndefined();
  expect(problemOfNode(`${major}.${Number(minor) - 1}.0`)).toContain(`Node ${next} (${major}.${minor} will do)`);
  expect(read('docs/laptop.md')).toContain(`It needs Node ${next} (${major}.${minor} will do).`);
});
