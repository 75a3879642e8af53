import { ALIASES } from '../../../src/spec/aliases.ts';
import { DATABASE_INPUTS, RUN_INPUTS } from '../../../src/spec/catalogue.ts';
import { INPUT_NAMES, SECRETS, type InputName } from '../../../src/spec/input-names.ts';
import { holdsLogin, originOf } from '../../../src/spec/input-origins.ts';
import { load } from '../../../src/spec/load.ts';
import { describeProblem } from '../../../src/spec/problem.ts';

/**
 * What a file in the repository may never decide: where credentials go and whose are used, which programs run, who is
 * let in or given the data, what is confirmed, reviewed, bought or destroyed.
 */
const AUTHORS = [
  'adopt_existing',
  'allow_major_version_upgrade',
  'allow_unknown',
  'approval',
  'azure_authority_host',
  'azure_resource_manager_endpoint',
  'bin_dir',
  'check_sql',
  'command',
  'config',
  'confirm_destroy',
  'confirm_failover',
  'confirm_plan',
  'confirm_promote',
  'confirm_purchase',
  'confirm_switchover',
  'connect_through',
  'deploy_branches',
  'digitalocean_token',
  'drift_dispatch',
  'drift_webhook',
  'github_token',
  'job_status',
  'log_sink_url',
  'login_as',
  'mask_sql',
  'master_password',
  'password_seed',
  'pull_request',
  'reset',
  'role_passwords',
  'runner_access',
  'runner_access_in_plan',
  'runner_address',
  'runner_address_service',
  'schema_base',
  'skip_policies',
  'snapshot_share_accounts',
  'postpone_maintenance',
  'terraform_state'
] as const;

test.each(INPUT_NAMES)('%s is read from a file exactly when the file may decide it', name => {
  const { problems } = load([
    { values: { name: 'orders' } },
    { source: 'pgkeep.yml', values: { [name]: 'tweet-of-the-file' } }
  ]);
  const said = problems.filter(({ input }) => input === name).map(describeProblem);
  const isRefused = said.some(text => /must not be kept in a file|not for a file/.test(text));
  expect(isRefused).toBe(originOf(name) === 'with');
  if (isRefused) {
    expect(said.join()).toContain('allowed: `with:`');
    expect(said.join()).not.toContain('tweet');
  }
});

test('settings that the author of the workflow decides are in no file', () => {
  for (const name of AUTHORS) expect([name, originOf(name)]).toEqual([name, 'with']);
});

test.each(ALIASES.map(({ name, means }) => [name as InputName, means] as const))(
  'a file may set `%s` exactly when it may set `%s`, which that is an alias for',
  (name, means) => {
    expect(originOf(name)).toBe(originOf(means));
  }
);

/** Each is shown in the plan, and what it touches needs a word of `with:`: `confirm_failover`, `confirm_destroy`. */
test.each([
  ['blue_green_keep_hours', 48],
  ['skip_final_snapshot', true],
  ['rotation_days', 30],
  ['apply_immediately', true],
  ['failover_mode', 'forced', 'azure']
])('%s says how an operation works, and may come from a file', (name, value, cloud = 'aws') => {
  const { problems, spec, run } = load([
    { values: { name: 'orders', cloud_provider: cloud } },
    { source: 'pgkeep.yml', values: { [name]: String(value) } }
  ]);
  expect(problems).toEqual([]);
  expect({ ...spec.settings, ...run }).toMatchObject({ [name]: value });
});

test('an environment in a file sets no more than the file itself', () => {
  const { problems } = load([
    { values: { name: 'orders' } },
    { source: 'pgkeep.yml (environments.dev)', values: { command: 'destroy', login_as: 'root' } }
  ]);
  expect(problems.map(({ input, allowed }) => [input, allowed])).toEqual([
    ['command', '`with:`'],
    ['login_as', '`with:`']
  ]);
});

test('no secret, confirmation, endpoint or program is read from a file', () => {
  const sensitive = INPUT_NAMES.filter(name => name !== 'manage_master_user_password').filter(
    name => SECRETS.includes(name) || /confirm|endpoint|authority|token|_dir$|password$|seed/.test(name)
  );
  expect(sensitive.filter(name => originOf(name) === 'file')).toEqual([]);
});

test('an unplaced run input is for the author', () => {
  const inFiles = Object.keys(RUN_INPUTS).filter(name => originOf(name as keyof typeof RUN_INPUTS) === 'file');
  expect(inFiles).not.toContain('command');
  expect(inFiles.length).toBeLessThan(Object.keys(RUN_INPUTS).length);
  expect(Object.keys(DATABASE_INPUTS).length).toBeGreaterThan(50);
});

test.each([
  ['a text', 'https://logger:hunter2@logs.example.com:9200'],
  ['a list', ['db/schema.sql', 'postgresql://:hunter2@db/x']],
  ['a map in a map', { rule: { description: 'see https://a:b@c' } }],
  ['a key', { 'https://logger:hunter2@c': 'x' }]
])('an address with a password in %s is refused in a file, without being shown', (_what, raw) => {
  expect(holdsLogin(raw)).toBe(true);
  const { problems } = load([{ values: { name: 'orders' } }, { source: 'pgkeep.yml', values: { tags: raw } }]);
  expect(problems.map(describeProblem)).toEqual([
    '`tags` (in pgkeep.yml): must not be kept in a file; allowed: `with:` and `${{ secrets.… }}`'
  ]);
});

test('an address without a password is not a secret', () => {
  expect(holdsLogin('https://logs.example.com:9200/path@2')).toBe(false);
});
