import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { entriesOf, readActionFile, REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { readInputs, type Inputs } from '../../../src/inputs/read-inputs.ts';
import { loadScripts } from '../../../src/postgres/script.ts';
import { AVAILABLE_PROVIDERS, loadProvider } from '../../../src/providers/registry.ts';
import { LAST_UNMAINTAINED } from '../../../src/postgres/major.ts';
import {
  calledWith,
  combinations,
  EXAMPLES,
  exampleFiles,
  exampleJobs,
  inputsOf,
  isOurs,
  localExampleFiles,
  parseWorkflow,
  type Workflow
} from '../../support/examples.ts';

const action = readActionFile();
const inputNames = entriesOf(action.inputs).map(({ name }) => name);
const outputNames = entriesOf(action.outputs).map(({ name }) => name);

/** What a repository that uses the examples has set. */
const VALUES: Readonly<Record<string, string>> = {
  VPC_ID: 'vpc-0a1b2c3d4e5f60718',
  SUBNET_IDS: 'subnet-0a1b2c3d4e5f60718\nsubnet-0a1b2c3d4e5f60719',
  DATABASE_PASSWORD: 'correct-horse-battery',
  DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_correct-horse-battery',
  KMS_KEY_ARN: 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-00000000cccc',
  MONITORING_ROLE_ARN: 'arn:aws:iam::123456789012:role/rds-monitoring-role',
  ALERTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alerts',
  ANALYSTS_OBJECT_ID: '66666666-3333-4333-8333-333333333333',
  AZURE_CLIENT_ID: '33333333-3333-4333-8333-333333333333',
  AZURE_OBJECT_ID: '77777777-3333-4333-8333-333333333333',
  AZURE_TENANT_ID: '22222222-2222-4222-8222-222222222222',
  AZURE_SUBSCRIPTION_ID: '11111111-1111-4111-8111-111111111111',
  RESOURCE_GROUP: 'shop',
  RESTORE_TO_TIME: '2026-11-20T12:00:00Z',
  LOG_WORKSPACE_ID:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/logs',
  ALERTS_GROUP_ID:
    '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.Insights/actionGroups/alerts',
  GCP_PROJECT: 'shop-project',
  WORKLOAD_IDENTITY_PROVIDER: 'projects/1/locations/global/workloadIdentityPools/github/providers/shop',
  SERVICE_ACCOUNT: 'deployer@shop-project.iam.gserviceaccount.com',
  NETWORK: 'shop',
  ALERTS_CHANNEL: 'projects/shop-project/notificationChannels/8431',
  DATABASE_PASSWORD_SEED: 'correct-horse-battery-staple'
};

/** The other actions, each at its current major version. The dependency bot looks into examples/ too. */
const ACTIONS: readonly string[] = [
  'pgkeep/pgkeep@v1',
  'actions/cache@v5',
  'actions/checkout@v7',
  'actions/github-script@v8',
  'actions/setup-node@v7',
  'actions/setup-python@v7',
  'ruby/setup-ruby@v1',
  'aws-actions/configure-aws-credentials@v6',
  'azure/login@v3',
  'google-github-actions/auth@v3'
];

/** Workflows about a plan, a check or a removal: no step of theirs connects. */
const WITHOUT_ENDPOINT: readonly string[] = [
  'README.md, block 2',
  'chatops.yml',
  'cloud-logins.yml',
  'drift-issue.yml',
  'matrix-of-databases.yml',
  'merge-queue-check.yml',
  'monthly-restore-check.yml',
  'blue-green-merge-queue.yml',
  'blue-green-upgrade.yml',
  'blue-green-upgrade.yml',
  'region-lost.yml',
  'role-passwords-on-clouds.yml',
  'stopped-at-night.yml',
  'stopped-at-night.yml',
  'sweep-on-schedule.yml'
];

/** Whole workflows in a Markdown page. */
function workflowsIn(page: string): readonly (readonly [string, string])[] {
  const blocks = readFileSync(path.join(REPOSITORY, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, block = ''], index) =>
    /^jobs:$/m.test(block) ? [[`${page}, block ${index + 1}`, block] as const] : []
  );
}

const sources: readonly (readonly [string, string])[] = [
  ...exampleFiles().map(file => [file, readFileSync(path.join(EXAMPLES, file), 'utf8')] as const),
  ...['README.md', 'docs/local.md', 'docs/how-it-works.md', 'CONTRIBUTING.md']
    .filter(page => existsSync(path.join(REPOSITORY, page)))
    .flatMap(workflowsIn)
];

/** A step's inputs as the action reads them, its configuration file included. */
function readStep(inputs: Readonly<Record<string, string>>): Inputs {
  const env = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
  return readInputs({ env, paths: { temp: EXAMPLES, toolCache: EXAMPLES, workspace: EXAMPLES, action: EXAMPLES } });
}

const stepsOf = (workflow: Workflow) => Object.values(workflow.jobs).flatMap(job => job.steps);

/** Every `steps.<id>.outputs.<name>` in the text of a workflow. */
function referredOutputs(source: string): readonly (readonly [string, string])[] {
  return [...source.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)].map(([, id = '', name = '']) => [id, name]);
}

describe.each(sources)('the workflow %s', (title, source) => {
  const workflow = parseWorkflow(source);
  const ours = stepsOf(workflow).filter(isOurs);

  test('uses this action by its name, and others by a version', () => {
    expect(ours.length).toBeGreaterThan(0);
    for (const { uses } of stepsOf(workflow)) {
      if (uses !== undefined) expect([uses, ACTIONS.includes(uses)]).toEqual([uses, true]);
    }
  });

  test('leaves no token in the checkout', () => {
    for (const step of stepsOf(workflow).filter(({ uses }) => uses?.startsWith('actions/checkout@') === true))
      expect(step.with?.['persist-credentials']).toBe(false);
  });

  test('keeps the runs of pull requests out of the group of an apply', () => {
    const events = workflow.on !== null && typeof workflow.on === 'object' ? Object.keys(workflow.on) : [];
    if (!events.includes('pull_request') || !events.includes('push')) return;
    const groups = [...source.matchAll(/^ +group: (.*)$/gm)].map(([, group = '']) => group);
    for (const group of groups) expect(group).toMatch(/\$\{\{ github\.event(?:\.pull_request\.number|_name)\b|-apply$/);
    if (ours.some(step => step.with?.['cloud_provider'] !== 'local')) expect(groups).not.toEqual([]);
  });

  test('makes databases of versions that PostgreSQL maintains', () => {
    for (const [, major = ''] of source.matchAll(
      /(?:engine_version|database_version|server_version): '?(?:POSTGRES_)?(\d+)/g
    ))
      expect(Number(major)).toBeGreaterThan(LAST_UNMAINTAINED);
  });

  test('uses the endpoint of a database that it makes', () => {
    const made = stepsOf(workflow).flatMap(step => (isOurs(step) && step.id !== undefined ? [step.id] : []));
    const used = new Set(referredOutputs(source).map(([id]) => id));
    expect(made.filter(id => !used.has(id))).toEqual([]);
    if (made.length === 0) expect(WITHOUT_ENDPOINT).toContain(title);
  });

  test('connects to a server of a cloud from where that lets it in, and says where an address is only passed on', () => {
    for (const job of Object.values(workflow.jobs)) {
      const made = job.steps.filter(step => isOurs(step) && step.with?.['cloud_provider'] !== 'local');
      const readers = job.steps.filter(
        step => !isOurs(step) && /outputs\.(\w*_url|\w*host|ca_certificate)/.test(JSON.stringify(step))
      );
      const getsIn = job['runs-on'] === 'self-hosted' || made.some(({ with: set }) => set?.['runner_access'] === 'job');
      if (made.length === 0 || readers.length === 0 || getsIn) continue;
      // An address with a password, a path of the runner: for a client here, which would not get in.
      expect(JSON.stringify(readers)).not.toMatch(/outputs\.(?:\w+_url|ca_certificate_path)/);
      expect(source).toMatch(/# .*(?:this runner|as it is deployed)/);
    }
  });

  test('gives no path of the runner to an app that is deployed elsewhere', () => {
    const deploying = stepsOf(workflow).filter(({ run = '' }) => /\b(?:npm run deploy|az|gcloud|aws) ?/.test(run));
    expect(JSON.stringify(deploying)).not.toMatch(/outputs\.(?:\w+_url|ca_certificate_path)/);
  });

  test('has no more permissions than it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
    const isAsked = (name: string, ...values: readonly unknown[]): boolean =>
      ours.some(step => values.includes(step.with?.[name]));
    const isReported = ours.some(step => step.with?.['comment'] !== false && step.with?.['command'] !== 'check');
    const needed = [
      'contents: read',
      ...(isReported ? ['pull-requests: write'] : []),
      ...(isAsked('approval', 'required', 'when-present') ? ['checks: write'] : []),
      ...(isAsked('drift_issue', true) || isAsked('restore_issue', true) ? ['issues: write'] : []),
      ...(isAsked('ephemeral', 'database', 'instance', 'clone') ? ['deployments: write'] : []),
      ...(source.includes('createWorkflowDispatch') ? ['actions: write'] : []),
      ...(isAsked('command', 'sweep') ? ['pull-requests: read'] : []),
      ...(stepsOf(workflow).some(({ uses }) => /-(credentials|login)@|\/(auth|login)@/.test(uses ?? ''))
        ? ['id-token: write']
        : [])
    ];
    const given = [workflow.permissions, ...Object.values(workflow.jobs).map(job => job.permissions)];
    for (const [scope, access] of given.flatMap(block => Object.entries(block ?? {}))) {
      expect(needed).toContain(`${scope}: ${access}`);
    }
  });

  test('sets only existing inputs', () => {
    const unknown = ours.flatMap(step => Object.keys(step.with ?? {})).filter(name => !inputNames.includes(name));
    expect(unknown).toEqual([]);
  });

  test('reads only existing outputs, of existing steps', () => {
    const ids = new Map(stepsOf(workflow).map(step => [step.id, step]));
    for (const [id, name] of referredOutputs(source)) {
      const step = ids.get(id);
      expect([id, step?.id]).toEqual([id, id]);
      if (step !== undefined && isOurs(step)) expect(outputNames).toContain(name);
    }
  });

  test('gives values that are valid, alone and together, and that the provider accepts', async () => {
    for (const { strategy, steps } of Object.values(workflow.jobs)) {
      for (const matrix of combinations(strategy?.matrix ?? {})) {
        for (const step of steps.filter(isOurs)) {
          const { spec, problems } = readStep(inputsOf(step, matrix, { ...VALUES, ...calledWith(workflow) }));
          // An example may be ahead of the providers that this version has.
          const isThere = AVAILABLE_PROVIDERS.includes(spec.provider);
          const own = isThere ? (await loadProvider(spec.provider)).validate(spec).problems : [];
          expect([...problems, ...spec.notices, ...own]).toEqual([]);
        }
      }
    }
  });

  test('says `command: apply` where it runs on pull requests, since `auto` would only plan', () => {
    const events = typeof workflow.on === 'string' ? [workflow.on] : Object.values(workflow.on);
    const names = Array.isArray(workflow.on) ? events : [...events, ...Object.keys(workflow.on)];
    const commands = ours.map(step => (step.with?.['ephemeral'] === undefined ? step.with?.['command'] : 'apply'));
    const readers = stepsOf(workflow).filter(step => JSON.stringify([step.env, step.run]).includes('.outputs.'));
    const onPush = "${{ github.event_name == 'push' }}";
    const onlyPushed = Object.values(workflow.jobs)
      .filter(job => job.if === onPush)
      .flatMap(({ steps }) => steps);
    const late = readers.filter(step => step.if !== onPush && !onlyPushed.includes(step));
    if (names.includes('pull_request') && late.length > 0 && !title.startsWith('cost-'))
      expect(commands).toContain('apply');
  });

  test('names existing SQL files', async () => {
    for (const step of ours) {
      const patterns = String(step.with?.['init_sql'] ?? '')
        .split('\n')
        .filter(line => line !== '');
      const scripts = await loadScripts(patterns, EXAMPLES);
      expect(scripts.length).toBeGreaterThanOrEqual(patterns.length);
    }
  });
});

const read = (page: string): string => readFileSync(path.join(REPOSITORY, page), 'utf8');

describe('the examples', () => {
  test('are listed in the pages, and all exist', () => {
    const listed = [...read('examples/README.md').matchAll(/\]\(([a-z-]+\.yml)\)/g)].map(([, name = '']) => name);
    expect([...new Set(listed)].toSorted()).toEqual(exampleFiles());
    const named = ['README.md', 'docs/local.md'].flatMap(page => [...read(page).matchAll(/\blocal-[a-z-]+\.yml\b/g)]);
    expect(localExampleFiles()).toEqual(expect.arrayContaining(named.map(([name]) => name)));
  });

  test('are each named where they are run', () => {
    const runners = globSync(
      ['__tests__/e2e/*.ts', '__tests__/unit/{providers/*,interface/chatops}.test.ts', 'scripts/check/**/*.ts'],
      {
        cwd: REPOSITORY
      }
    ).map(read);
    const named = (file: string): boolean => runners.some(text => text.includes(`'${file.replace(/\.yml$/, '')}`));
    // Those of `local` are run as a whole: __tests__/e2e/examples.test.ts.
    expect(exampleFiles().filter(file => !file.startsWith('local-') && !named(file))).toEqual([]);
  });

  test('are exported with their steps', () => {
    const jobs = exampleJobs();
    expect([...new Set(jobs.map(({ file }) => file))]).toEqual(localExampleFiles());
    expect(
      jobs.filter(({ file }) => file === 'local-matrix.yml').map(({ steps }) => steps[0]?.inputs['engine_version'])
    ).toEqual(['15', '16', '17', '18']);
  });

  for (const program of actionlint()) {
    test(`satisfy ${path.basename(program)}`, () => {
      expect(execFileSync(program, ['-no-color', ...exampleFiles()], { cwd: EXAMPLES, encoding: 'utf8' })).toBe('');
    });
  }
});

/** The linter for workflows, if it is installed. CI has it (.github/workflows/ci.yml). */
function actionlint(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders
    .map(folder => path.join(folder, 'actionlint'))
    .filter(existsSync)
    .slice(0, 1);
}
