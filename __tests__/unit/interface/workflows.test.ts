import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { entriesOf, readActionFile, REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { load } from '../../../src/spec/load.ts';
import { MAJORS } from '../../../src/postgres/major.ts';
import { combinations, inputsOf, parseWorkflow } from '../../support/examples.ts';

const FOLDER = path.join(REPOSITORY, '.github/workflows');
const files = readdirSync(FOLDER).sort();
const inputNames = entriesOf(readActionFile().inputs).map(({ name }) => name);
const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The jobs that may do more than read the repository. */
const WIDER: Readonly<Record<string, object>> = {
  'ci.yml': { plan: { contents: 'read', 'pull-requests': 'write' } },
  'codeql.yml': { analyse: { contents: 'read', 'security-events': 'write' } },
  'release.yml': {
    attest: { attestations: 'write', contents: 'read', 'id-token': 'write' },
    package: { contents: 'read', 'id-token': 'write' },
    publish: { contents: 'write' }
  },
  'scorecard.yml': { score: { contents: 'read', 'id-token': 'write', 'security-events': 'write' } }
};

describe.each(files)("the project's own workflow %s", file => {
  const source = readFileSync(path.join(FOLDER, file), 'utf8');
  const workflow = parseWorkflow(source);
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap(job => job.steps);

  test('pins every other action by a commit, with its version in a comment', () => {
    const foreign = [...source.matchAll(/\buses: (.*)$/gm)].map(([, uses = '']) => uses).filter(uses => uses !== './');
    expect(foreign.length).toBeGreaterThan(0);
    for (const uses of foreign) expect(uses).toMatch(/^[\w-]+(\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('reads the repository and nothing more, except where a job says why', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const wider = Object.entries(workflow.jobs).flatMap(([name, { permissions }]) =>
      permissions === undefined ? [] : [[name, permissions]]
    );
    expect(Object.fromEntries(wider)).toEqual(WIDER[file] ?? {});
  });

  test('leaves no token in the checkout', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@') === true)) {
      expect(step.with?.['persist-credentials']).toBe(false);
    }
  });

  test('has a time limit', () => {
    for (const job of jobs) expect(job).toHaveProperty('timeout-minutes');
  });

  test('runs only scripts that package.json has', () => {
    const named = [...source.matchAll(/\bnpm run ([\w-]+)/g)].map(([, name = '']) => name);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  test('puts no foreign text into a script', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  test('uses this action with valid inputs', () => {
    for (const { strategy, steps: ours } of jobs) {
      for (const matrix of combinations(lists(strategy?.matrix))) {
        for (const step of ours.filter(({ uses }) => uses === './')) {
          const inputs = inputsOf(step, matrix);
          for (const name of Object.keys(inputs)) expect(inputNames).toContain(name);
          expect(load([{ values: inputs }]).problems).toEqual([]);
        }
      }
    }
  });
});

test('a release is tested before it is published, and what others wrote runs in no job that may write', () => {
  const { jobs } = parseWorkflow(readFileSync(path.join(FOLDER, 'release.yml'), 'utf8'));
  const needs = (name: string): unknown => (jobs[name] as unknown as { readonly needs?: unknown }).needs;
  expect(['attest', 'package', 'publish'].map(needs)).toEqual(['build', 'attest', ['attest', 'package']]);
  const commands = Object.fromEntries(
    Object.entries(jobs).map(([name, { steps }]) => [name, steps.map(({ run = '' }) => run).join('\n')])
  );
  for (const command of ['npm ci', 'npm run lint', 'npm test', 'npm run build', 'scripts/build/sbom.mts'])
    expect(commands['build']).toContain(command);
  for (const name of ['attest', 'publish']) expect(commands[name]).not.toMatch(/\bnpm\b|\bnode\b/);
  expect(commands['package']?.trim()).toBe(
    'npm publish "./pgkeep-${TAG#v}.tgz" --ignore-scripts --provenance --access public'
  );
  const published = jobs['publish']?.steps.map(({ name }) => name);
  expect(published?.at(-1)).toBe('Move the tag of the major version');
});

test('the dependency bot keeps the actions of the examples current too', () => {
  const { updates } = parse(readFileSync(path.join(REPOSITORY, '.github/dependabot.yml'), 'utf8')) as {
    readonly updates: readonly { readonly 'package-ecosystem': string; readonly directories?: readonly string[] }[];
  };
  const actions = updates.find(one => one['package-ecosystem'] === 'github-actions');
  expect(actions?.directories).toEqual(expect.arrayContaining(['/', '/examples']));
});

test('CI starts a server of every major version', () => {
  const { jobs } = parseWorkflow(readFileSync(path.join(FOLDER, 'ci.yml'), 'utf8'));
  expect(jobs['local']?.strategy?.matrix?.['postgres']).toEqual([...MAJORS]);
});

/** The matrix without what is added to it beyond its lists. */
function lists<T>(matrix: Readonly<Record<string, T>> = {}): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(matrix).filter(([name]) => name !== 'include'));
}
