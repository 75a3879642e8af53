import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ALIASES, isOn } from '../../../src/spec/aliases.ts';
import { DATABASE_INPUTS, type ProviderName } from '../../../src/spec/catalogue.ts';
import { INPUT_NAMES, SECRETS } from '../../../src/spec/input-names.ts';
import { load } from '../../../src/spec/load.ts';
import { insteadOf, REPLACED } from '../../../src/spec/names-of-others.ts';
import type { Parser } from '../../../src/spec/parse.ts';
import { describeProblem } from '../../../src/spec/problem.ts';
import { secretsInEnvironment } from '../../../src/runner/environment-secrets.ts';

const given = (cloud_provider: ProviderName, values: Readonly<Record<string, string>>): ReturnType<typeof load> =>
  load([{ values: { name: 'orders', cloud_provider, ...values } }]);
const complaints = (loaded: ReturnType<typeof load>): readonly string[] => loaded.problems.map(describeProblem);

const NAMES_FILE = path.resolve(import.meta.dirname, '../../fixtures/names-of-others.json');
const names = JSON.parse(readFileSync(NAMES_FILE, 'utf8')) as Readonly<Record<string, readonly string[]>>;
const pasted = Object.entries(names).flatMap(([provider, all]) =>
  all.map(name => [provider as ProviderName, name] as const)
);

test.each(pasted)('on %s, the pasted name %s is taken, or told what replaces it', (provider, name) => {
  const own: (Parser<unknown> & { readonly only?: ProviderName }) | undefined = Object.entries(DATABASE_INPUTS).find(
    ([input]) => input === name
  )?.[1];
  const isInput = own !== undefined && (own.only === undefined || own.only === provider);
  const isAlias = ALIASES.some(alias => alias.name === name && isOn(alias, provider));
  const isReplaced = REPLACED.some(row => row.name === name && row.on === provider);
  expect([isInput || isAlias, isReplaced]).toEqual([!isReplaced, !(isInput || isAlias)]);
});

test.each(REPLACED.map(row => [row.on, row.name, row.instead ?? ''] as const))(
  'on %s, %s is refused with inputs that exist: %s',
  (provider, name, instead) => {
    const said = complaints(given(provider, { [name]: 'x' })).join();
    expect(said).toContain(`\`${name}\``);
    expect(said).toContain(insteadOf(name, provider));
    expect(insteadOf(name, provider)).toContain(instead);
    const named = [...instead.matchAll(/`([a-z_]+)`/g)].map(([, input]) => input);
    expect(named.filter(input => !(INPUT_NAMES as readonly (string | undefined)[]).includes(input))).toEqual([]);
  }
);

test.each<[ProviderName, string, string, string, unknown]>([
  ['aws', 'db_name', 'orders', 'database_name', 'orders'],
  ['aws', 'iops', '12000', 'storage_iops', 12000],
  ['aws', 'deletion_protection', 'true', 'enable_deletion_protection', true],
  ['aws', 'version', '16.4', 'engine_version', '16.4'],
  ['aws', 'region', 'eu-west-1', 'aws_region', 'eu-west-1'],
  ['gcp', 'region', 'europe-west1', 'gcp_region', 'europe-west1'],
  ['azure', 'region', 'westeurope', 'location', 'westeurope'],
  ['digitalocean', 'region', 'fra1', 'digitalocean_region', 'fra1'],
  ['gcp', 'database_version', 'postgres_15', 'engine_version', '15'],
  ['gcp', 'availability_type', 'REGIONAL', 'multi_az', true],
  ['gcp', 'availability_type', 'ZONAL', 'multi_az', false],
  ['gcp', 'database_flags', '[{name: autovacuum, value: off}]', 'parameters', { autovacuum: 'off' }],
  ['gcp', 'user_labels', 'team: web', 'tags', { team: 'web' }],
  ['azure', 'delegated_subnet_id', '/subscriptions/s/subnets/db', 'subnet_ids', ['/subscriptions/s/subnets/db']],
  ['digitalocean', 'storage_size_mib', '61440', 'allocated_storage', 60],
  ['digitalocean', 'node_count', '2', 'num_nodes', 2]
])('on %s, %s: %s means %s', (provider, alias, raw, means, value) => {
  const { spec, problems } = given(provider, { [alias]: raw });
  expect(problems).toEqual([]);
  expect(spec.settings).toMatchObject({ [means]: value });
});

test('aliases of lists and maps that agree are valid', () => {
  expect(given('gcp', { user_labels: 'team: web', tags: '{"team": "web"}' }).problems).toEqual([]);
});

describe('the alias of a secret', () => {
  const secretAliases = ALIASES.filter(({ means }) => SECRETS.includes(means));

  test.each(secretAliases.map(({ name, on = ['aws'] }) => [on[0] ?? 'aws', name] as const))(
    'on %s, %s is masked, kept apart and refused in a file',
    (provider, name) => {
      expect(SECRETS).toContain(name);
      expect(secretsInEnvironment({ [`INPUT_${name.toUpperCase()}`]: 'hunter2' })).toEqual(['hunter2']);
      const loaded = given(provider, { [name]: 'hunter2' });
      expect([...loaded.secrets]).toEqual([['master_password', 'hunter2']]);
      expect(loaded.spec.settings.master_password).toBe(true);
      expect(JSON.stringify(loaded.spec)).not.toContain('hunter2');
      const filed = load([
        { values: { name: 'orders', cloud_provider: provider } },
        { source: 'pgkeep.yml', values: { [name]: 'hunter2' } }
      ]);
      expect(complaints(filed).join()).toContain('must not be kept in a file');
      expect(JSON.stringify(filed)).not.toContain('hunter2');
    }
  );

  test('that differs from another is refused, and neither is shown', () => {
    const loaded = given('gcp', { user_password: 'hunter2', root_password: 'hunter3' });
    expect(complaints(loaded)).toEqual([
      '`root_password`: disagrees with `user_password`: the two mean the same thing; allowed: one of the two'
    ]);
    expect(given('gcp', { user_password: 'hunter2', root_password: 'hunter2' }).problems).toEqual([]);
  });
});

test.each(['multi_az', 'allocated_storage', 'kms_key_id', 'tags', 'master_password', 'username'])(
  'null means that %s is left out, as in Terraform',
  name => {
    const { problems, spec, secrets } = given('aws', { [name]: ' null ' });
    expect(problems).toEqual([]);
    expect(Object.keys(spec.settings)).toEqual(['name']);
    expect(secrets.size).toBe(0);
  }
);

test.each<[ProviderName, string, string, string]>([
  [
    'azure',
    'maintenance_window',
    '{"day_of_week": 0, "start_hour": 4}',
    '`day_of_week` counts from 0, which is Sunday'
  ],
  ['digitalocean', 'tags', '["production"]', 'a tag without a value is `production: ""`'],
  ['gcp', 'iam_users', '[{id: ann, email: ann@example.com}]', 'of each object give its `email` alone']
])("on %s, Terraform's form of %s (%s) is told in ours", (provider, name, raw, hint) => {
  expect(complaints(given(provider, { [name]: raw })).join()).toContain(hint);
});

test("Terraform's snapshot_identifier restores nothing here, and that is said", () => {
  const codes = (command: string): readonly string[] =>
    given('aws', { snapshot_identifier: 'before-upgrade', command }).spec.notices.map(({ code }) => code);
  expect([codes('apply'), codes('snapshot')]).toEqual([['other-meaning'], []]);
});

test('a name of another provider has no effect, and names all that have it', () => {
  const { problems, spec } = given('local', { zone: 'a' });
  expect(problems).toEqual([]);
  expect(spec.notices.map(({ message }) => message)).toEqual([
    '`zone` is an input for `gcp` and `azure`; on `local` it has no effect.'
  ]);
});
