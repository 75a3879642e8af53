import { globSync } from 'node:fs';
import path from 'node:path';

/** Files by folder, without their ending. */
type Rooms = Readonly<Record<string, readonly string[]>>;

const CLOUDS = ['aws', 'gcp', 'azure', 'digitalocean'] as const;

/** What every cloud has, at the same path. */
const EVERY_CLOUD: Rooms = {
  '.': [
    'addresses',
    'capabilities',
    'context',
    'doctor',
    'inherited',
    'list-servers',
    'live-state',
    'newest-backup',
    'outputs',
    'provider',
    'refusals',
    'runner-access',
    'snapshot'
  ],
  api: ['client', 'errors', 'names', 'parameters', 'regions', 'tags'],
  checks: ['availability', 'check', 'live-problems', 'notices', 'validate-supporting', 'validate'],
  desired: ['desired', 'replicas', 'restore-source', 'server', 'supporting'],
  operations: ['operations'],
  resources: ['alarm', 'replica'],
  'resources/server': ['convert', 'create', 'field', 'fields', 'server', 'update', 'wait']
};

/** What more than one provider has, at the same path. A concern that a provider does not have is a missing file. */
const SHARED: Rooms = {
  api: ['certificates', 'credential', 'operation', 'tagging', 'types'],
  checks: ['extension-rules', 'upgrade', 'validate-notices', 'validate-storage'],
  desired: ['look-up', 'version'],
  operations: ['maintenance', 'power', 'promote', 'restart', 'rotate'],
  '.': ['cloud-logins', 'inputs-of', 'observe-part', 'permissions', 'usage', 'who-changed'],
  pricing: ['cost', 'price-list'],
  resources: ['child-resource', 'database', 'role-secret', 'user'],
  'resources/server': ['network-fields', 'remove', 'storage-fields']
};

/** What one provider alone has. */
const OWN: Readonly<Record<string, Rooms>> = {
  aws: {
    api: ['bounded-handler', 'database-token', 'error-codes', 'pages', 'signed-call'],
    checks: [
      'given-resources',
      'keys',
      'parameters',
      'password',
      'pending-maintenance',
      'public-address',
      'quotas',
      'remote-replica',
      'replaced-parameters',
      'rule-quota',
      'storage-change',
      'subnets',
      'windows-overlap',
      'blue-green'
    ],
    operations: ['replica-lag', 'switchover'],
    desired: ['attached-groups', 'inherited', 'parts'],
    '.': ['snapshot-copies', 'offerings'],
    pricing: ['paid-items'],
    resources: [
      'backup-replication',
      'create-tagged',
      'create-secret',
      'instance-logs',
      'iam-role',
      'log-group',
      'naming-users',
      'parameter-group-users',
      'parameter-group',
      'proxy-secret',
      'proxy',
      'release-rules',
      'reservation',
      'security-group-users',
      'security-group',
      'security-rules',
      'subnet-group'
    ],
    'resources/server': ['blue-green', 'others', 'state', 'update-batches']
  },
  gcp: {
    '.': ['connector', 'data-api'],
    api: ['backups', 'connector', 'disk-types', 'error-kinds', 'iam-users', 'labels', 'sdk', 'tiers'],
    checks: ['password-policy', 'replica-backups', 'replica-notices', 'replica-order'],
    resources: ['password'],
    'resources/server': ['backup-fields', 'copy', 'flag-change', 'label-change', 'patch', 'pooling', 'values']
  },
  azure: {
    api: ['activity-log', 'bounded-http-client', 'cli-account', 'configuration', 'login-method', 'sku', 'storage'],
    checks: [
      'deleted-server',
      'not-burstable',
      'order',
      'parameters',
      'unavailable-size',
      'unavailable-storage',
      'unavailable',
      'validate-network'
    ],
    desired: ['child-resource', 'configurations', 'parts-of-others', 'replica-settings'],
    resources: [
      'administrator',
      'firewall',
      'lock',
      'logging',
      'parameters',
      'pooling',
      'query-store',
      'replica-settings'
    ],
    'resources/server': ['login-fields']
  },
  digitalocean: {
    api: ['clusters', 'config-shape', 'offers', 'pacing', 'pool-size', 'scopes', 'secrets', 'sizes'],
    resources: ['configuration', 'log-sink', 'pool'],
    'resources/server': ['autoscale', 'retag', 'trusted-sources', 'write-mark']
  },
  local: {
    checks: ['extension-rules', 'published-extensions'],
    '.': ['clean-up', 'damaged', 'in-turn', 'live-types', 'open-context', 'secret-store'],
    'resources/server': ['configuration', 'files', 'parameters', 'start']
  }
};

/** How `local` speaks to what it runs: its own `api/`. */
const LOCAL_API = /^(cluster|installation)\//;

function listed(rooms: Rooms): readonly string[] {
  return Object.entries(rooms).flatMap(([folder, names]) => names.map(name => path.posix.join(folder, `${name}.ts`)));
}

function filesOf(provider: string): readonly string[] {
  const found = globSync('**/*.ts', { cwd: path.join(process.cwd(), 'src', 'providers', provider) });
  return found
    .map(file => file.replaceAll(path.sep, '/'))
    .filter(file => provider !== 'local' || !LOCAL_API.test(file));
}

describe.each([...CLOUDS, 'local'])('the rooms of %s', provider => {
  test('are those of the floor plan, and its own', () => {
    const known = new Set([...listed(EVERY_CLOUD), ...listed(SHARED), ...listed(OWN[provider] ?? {})]);
    expect(filesOf(provider).filter(file => !known.has(file))).toEqual([]);
  });

  test('that only it has exist', () => {
    const found = filesOf(provider);
    expect(listed(OWN[provider] ?? {}).filter(file => !found.includes(file))).toEqual([]);
  });

  test('carry no provider in their names', () => {
    expect(filesOf(provider).filter(file => path.basename(file).startsWith(`${provider}-`))).toEqual([]);
  });
});

test.each(CLOUDS)('%s has every room that all clouds have', cloud => {
  const found = filesOf(cloud);
  expect(listed(EVERY_CLOUD).filter(file => !found.includes(file))).toEqual([]);
});

test('a shared room is in more than one provider', () => {
  const all = [...CLOUDS, 'local'].map(provider => filesOf(provider));
  expect(listed(SHARED).filter(file => all.filter(files => files.includes(file)).length < 2)).toEqual([]);
});

test('every folder of providers is held to the floor plan', () => {
  const folders = globSync('*/', { cwd: path.join(process.cwd(), 'src', 'providers') }).map(folder =>
    path.basename(folder)
  );
  expect(folders.sort()).toEqual([...CLOUDS, 'local'].sort());
});
