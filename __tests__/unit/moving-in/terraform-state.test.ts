import { lettingGo, stateResources } from '../../../src/moving-in/terraform-state.ts';
import type { Target } from '../../../src/engine/ownership.ts';

const target = (provider: string, account: string): Target => ({
  provider,
  account,
  region: 'r',
  name: 'orders',
  environment: '',
  repository: 'acme/shop'
});

const resource = (address: string, values: object, mode = 'managed'): object => ({
  address,
  mode,
  type: address.replace(/^(module\.[\w-]+(\[[^\]]*\])?\.)*/, '').split('.')[0],
  values: { ...values, password: 'hunter2' },
  sensitive_values: { password: true }
});

const shown = (root: object, format_version = '1.0'): string =>
  JSON.stringify({ format_version, terraform_version: '1.11.4', values: { root_module: root } });

const ARN = 'arn:aws:rds:eu-west-1:123456789012:db:orders';

const MODULE = shown({
  resources: [
    resource('aws_db_instance.reports', { identifier: 'reports', id: 'db-2', replicate_source_db: 'orders' }),
    resource('data.aws_db_instance.other', { identifier: 'orders' }, 'data')
  ],
  child_modules: [
    {
      address: 'module.db',
      resources: [],
      child_modules: [
        {
          address: 'module.db.module.db_instance',
          resources: [
            resource('module.db.module.db_instance.aws_db_instance.this[0]', {
              identifier: 'orders',
              id: 'db-1',
              arn: ARN
            })
          ]
        }
      ]
    }
  ]
});

test('a server in a module is let go with the whole module, and what acts on it from outside is at risk', () => {
  expect(lettingGo(stateResources(MODULE), target('aws', '123456789012'))).toEqual({
    server: 'module.db.module.db_instance.aws_db_instance.this[0]',
    from: ['module.db'],
    atRisk: ['aws_db_instance.reports']
  });
});

test.each([
  [
    'gcp',
    'shop',
    'google_sql_database_instance.main',
    { name: 'orders', project: 'shop' },
    'google_sql_user.app',
    { instance: 'orders' }
  ],
  [
    'azure',
    '1111',
    'azurerm_postgresql_flexible_server.main',
    { name: 'orders', id: '/subscriptions/1111/x/orders' },
    'azurerm_postgresql_flexible_server_database.app',
    { server_id: '/subscriptions/1111/x/orders' }
  ],
  [
    'digitalocean',
    'team',
    'digitalocean_database_cluster.main',
    { name: 'orders', id: 'c-1' },
    'digitalocean_database_db.app',
    { cluster_id: 'c-1' }
  ]
])('on %s, a server of the root module is let go with its children', (provider, account, server, facts, child, its) => {
  const state = shown({ resources: [resource(server, facts), resource(`${child}["a"]`, its), resource('x_y.z', {})] });
  expect(lettingGo(stateResources(state), target(provider, account))).toEqual({
    server,
    from: [server, child],
    atRisk: []
  });
});

test('a raw state of version 4 is read as well, with its keys', () => {
  const raw = JSON.stringify({
    version: 4,
    resources: [
      {
        module: 'module.db["prod"]',
        mode: 'managed',
        type: 'digitalocean_database_cluster',
        name: 'this',
        instances: [{ index_key: 0, attributes: { name: 'orders', id: 'c-1', password: 'hunter2' } }]
      }
    ]
  });
  expect(lettingGo(stateResources(raw), target('digitalocean', 'team'))).toEqual({
    server: 'module.db["prod"].digitalocean_database_cluster.this[0]',
    from: ['module.db'],
    atRisk: []
  });
});

test('secrets are dropped while the state is read', () => {
  expect(JSON.stringify(stateResources(MODULE))).not.toContain('hunter2');
});

const refusal = (text: string, of = target('aws', '123456789012')): string => {
  try {
    lettingGo(stateResources(text), of);
    return 'nothing is refused';
  } catch (thrown) {
    return String(thrown);
  }
};

test.each([
  ['no JSON', '{"password": "hunter2"', /it is not JSON/],
  ['another format', shown({}, '2.0'), /another major version than 1/],
  ['a plan, or any other JSON', '{"resource_changes": []}', /neither the output of/],
  ['a list', '[]', /neither the output of/],
  [
    'no such server',
    shown({ resources: [resource('aws_db_instance.a', { identifier: 'billing' })] }),
    /its servers are aws_db_instance\.a/
  ],
  [
    'a server of another account',
    shown({
      resources: [
        resource('aws_db_instance.a', { identifier: 'orders', arn: ARN.replace('123456789012', '999999999999') })
      ]
    }),
    /aws_db_instance\.a is of another account than 123456789012/
  ],
  [
    'a name that fits several servers',
    shown({ resources: ['a', 'b'].map(name => resource(`aws_db_instance.${name}`, { identifier: 'orders' })) }),
    /several servers orders: aws_db_instance\.a, aws_db_instance\.b/
  ]
])('%s is refused, without text of the file', (_what, text, why) => {
  expect(refusal(text)).toMatch(why);
  expect(refusal(text)).not.toContain('hunter2');
});

test('a hostile state is inert: no address that is not one is repeated', () => {
  const hostile = [
    'aws_db_instance.a; rm -rf /',
    "aws_db_instance.a'\n$(id)",
    'module.x."}',
    '__proto__.polluted',
    'aws_db_instance.x[`id`]'
  ];
  const state = shown({
    resources: hostile.map(address => ({
      address,
      mode: 'managed',
      type: 'aws_db_instance',
      values: { identifier: 'orders' }
    })),
    child_modules: { length: 1e9 },
    __proto__: { polluted: true }
  });
  expect(stateResources(state)).toEqual([]);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('a hostile raw state is inert too', () => {
  const one = (more: object): object => ({
    mode: 'managed',
    type: 'aws_db_instance',
    name: 'a',
    instances: [{ attributes: { identifier: 'orders' } }],
    ...more
  });
  const odd = [{ module: 'module.x; id' }, { name: 'a`id`' }, { type: "aws_db_instance'" }];
  const keyed = { instances: [{ index_key: '$(id)', attributes: { identifier: 'orders' } }] };
  const state = JSON.stringify({ version: 4, resources: [...odd, keyed].map(one) });
  expect(stateResources(state)).toEqual([]);
});

test('a text that is too long for a name is not kept', () => {
  const long = { identifier: 'x'.repeat(2049), arn: ARN };
  const [found] = stateResources(shown({ resources: [resource('aws_db_instance.a', long)] }));
  expect(found?.facts).toEqual({ arn: ARN });
});

test('modules in modules, two thousand deep, are walked without recursion of our own', () => {
  let module: object = { resources: [resource('aws_db_instance.deep', { identifier: 'orders' })] };
  for (let depth = 0; depth < 2000; depth += 1) module = { child_modules: [module] };
  expect(stateResources(shown(module)).map(({ address }) => address)).toEqual(['aws_db_instance.deep']);
});

test('a state of 50 MB is read', () => {
  const filler = { ...resource('aws_s3_object.page', {}), values: { content: 'x'.repeat(1000), password: 'hunter2' } };
  const state = shown({
    resources: [
      ...Array.from({ length: 44_000 }, () => filler),
      resource('aws_db_instance.main', { identifier: 'orders' })
    ]
  });
  expect(state.length).toBeGreaterThan(50e6);
  expect(lettingGo(stateResources(state), target('aws', '123456789012')).server).toBe('aws_db_instance.main');
});
