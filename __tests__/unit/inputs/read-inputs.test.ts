import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readInputs, type Inputs } from '../../../src/inputs/read-inputs.ts';
import { describeProblem } from '../../../src/spec/problem.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'pgkeep-inputs-'));
});

afterEach(() => {
  rmSync(workspace, { recursive: true, force: true });
});

function read(env: Readonly<Record<string, string>>): Inputs {
  return readInputs({ env, paths: { temp: workspace, toolCache: workspace, workspace, action: workspace } });
}

function file(content: string, name = 'pgkeep.yml'): void {
  mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
  writeFileSync(path.join(workspace, name), content);
}

test('reads with: from the environment; an empty value is unset', () => {
  const { spec, options, problems } = read({
    INPUT_CLOUD_PROVIDER: 'local',
    INPUT_NAME: 'orders',
    INPUT_ENGINE_VERSION: '',
    INPUT_COMMAND: 'apply',
    INPUT_TIMEOUT_MINUTES: '5',
    OTHER: 'x'
  });
  expect(problems).toEqual([]);
  expect(spec.settings).toEqual({ name: 'orders' });
  expect(options).toMatchObject({ command: 'apply', timeout_minutes: 5, strict: false, wait: true });
});

test('reads a file with an overlay, with: winning over both', () => {
  file(`
cloud_provider: local
name: orders
engine_version: 16.10
environments:
  dev: { allocated_storage: 20 }
  production: { allocated_storage: 500, multi_az: true }
`);
  const { spec, problems } = read({
    INPUT_CONFIG: 'pgkeep.yml',
    INPUT_ENVIRONMENT: 'production',
    INPUT_ALLOCATED_STORAGE: '600'
  });
  expect(problems).toEqual([]);
  expect(spec).toMatchObject({
    environment: 'production',
    settings: { engine_version: '16.10', allocated_storage: 600, multi_az: true }
  });
});

test('a key without a value is left out of a file, as of with:, and an environment may change nothing', () => {
  file(`
cloud_provider: gcp
name: orders
vpc_id:
kms_key_id: ~
tier: ''
multi_az:
allocated_storage: null
allowed_cidr_blocks:
environments:
  dev:
`);
  for (const environment of ['dev', undefined]) {
    const { spec, problems } = read({
      INPUT_CONFIG: 'pgkeep.yml',
      INPUT_AVAILABILITY_ZONE: ' ',
      ...(environment === undefined ? {} : { INPUT_ENVIRONMENT: environment })
    });
    expect(problems).toEqual([]);
    // A list without a value is an empty one.
    expect(spec.settings).toEqual({ name: 'orders', allowed_cidr_blocks: [] });
  }
});

test.each([
  ['a file that is not there', undefined, /can't be read/],
  ['a damaged file', 'a: [1,\nb', /line \d/],
  ['a file that is a list', '- a', /no map/],
  ['environments that are not a map', 'name: a\nenvironments: [dev]', /not a map of environments/],
  [
    'an unknown environment, with a did-you-mean',
    'name: a\nenvironments: {production: {}, staging: {}}',
    /did you mean `production`/
  ]
])('refuses %s', (_name, content, why) => {
  if (content !== undefined) file(content);
  const isMissing = content === undefined;
  expect(() => read({ INPUT_CONFIG: 'pgkeep.yml', INPUT_ENVIRONMENT: 'prodution' })).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      message: expect.stringMatching(why) as string,
      // Only a file that is not there may not have been checked out.
      hint: expect.stringMatching(isMissing ? /actions\/checkout/ : /^(?!.*checkout)/) as string
    })
  );
});

test('refuses a file outside of the repository, also through a link', () => {
  symlinkSync('/etc/hostname', path.join(workspace, 'link.yml'));
  for (const config of ['../pgkeep.yml', '/etc/hostname', 'link.yml']) {
    expect(() => read({ INPUT_CONFIG: config })).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        hint: expect.not.stringContaining('checkout') as string
      })
    );
  }
});

test('an unknown input is a problem, in any case', () => {
  const { problems } = read({ INPUT_NAME: 'orders', INPUT_ENGINE_VERSON: '16' });
  expect(problems.map(describeProblem)).toEqual([
    '`engine_verson`: is not an input of this action; did you mean `engine_version`?'
  ]);
});
