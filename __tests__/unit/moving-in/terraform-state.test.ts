import { lettingGoDangers, stateCommands } from '../../../src/moving-in/import-report.ts';
import { lettingGo, stateResources, type LettingGo } from '../../../src/moving-in/terraform-state.ts';
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
  type: address.replace(/^(module\.[\w-]+(\[[^\]]*\])?\.)*/, '').split(/[.[]/)[0],
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
    tool: 'terraform',
    server: 'module.db.module.db_instance.aws_db_instance.this[0]',
    from: ['module.db'],
    instances: ['module.db'],
    atRisk: ['aws_db_instance.reports'],
    takenAlong: []
  });
});

test.each([
  [
    'gcp',
    'shop',
    'google_sql_database_instance.main',
    { name: 'orders', project: 'shop' },
    'google_sql_user.app',
    { instance: 'orders', project: 'shop' }
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
    'azure',
    '1111',
    'azurerm_postgresql_flexible_server.main',
    { name: 'orders', id: '/subscriptions/1111/x/orders' },
    'azurerm_management_lock.keep',
    { scope: '/subscriptions/1111/x/orders' }
  ],
  [
    'gcp',
    'shop',
    'google_sql_database_instance.main',
    { name: 'orders', project: 'shop' },
    'google_sql_database_instance.replica',
    { name: 'orders-bi', project: 'shop', master_instance_name: 'orders' }
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
    tool: 'terraform',
    server,
    from: [server, child],
    instances: [server, `${child}["a"]`],
    atRisk: [],
    takenAlong: []
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
    tool: 'terraform',
    server: 'module.db["prod"].digitalocean_database_cluster.this[0]',
    from: ['module.db'],
    instances: ['module.db["prod"]'],
    atRisk: [],
    takenAlong: []
  });
});

/** A server in a module, and what else the state holds. */
const letGo = (server: string, others: readonly object[], more: object = {}): LettingGo =>
  lettingGo(
    stateResources(
      shown({ child_modules: [{ resources: [resource(server, { identifier: 'orders', ...more }), ...others] }] })
    ),
    target('aws', '123456789012')
  );

test('an instance of a module or resource with several is let go alone by command, since no block takes its key', () => {
  const billing = resource('module.db["billing"].aws_db_instance.this[0]', { identifier: 'billing' });
  const one = letGo('module.db["orders"].aws_db_instance.this[0]', [billing]);
  expect(one).toMatchObject({
    from: ['module.db'],
    instances: ['module.db["orders"]'],
    takenAlong: ['module.db["billing"].aws_db_instance.this[0]']
  });
  expect(stateCommands(one)).toContain(`terraform state rm 'module.db["orders"]'`);
  const warning =
    /`module\.db` holds more than this database, and Terraform forgets that too: `module\.db\["billing"\]\.aws_/;
  expect(lettingGoDangers(one).join(' ')).toMatch(warning);
  expect(
    letGo('aws_db_instance.all["orders"]', [resource('aws_db_instance.all["billing"]', { identifier: 'billing' })])
  ).toMatchObject({
    from: ['aws_db_instance.all'],
    instances: ['aws_db_instance.all["orders"]'],
    takenAlong: ['aws_db_instance.all["billing"]']
  });
});

test('keys of any text are read, and those of unusual characters are not repeated', () => {
  const one = letGo('module.db["a\\"b, c"].aws_db_instance.this["module.evil.x"]', [
    resource('aws_db_instance.reports["$(id) `x`"]', { identifier: 'r', replicate_source_db: 'orders' })
  ]);
  expect(one).toMatchObject({
    server: 'module.db["…"].aws_db_instance.this["module.evil.x"]',
    from: ['module.db'],
    instances: [],
    atRisk: ['aws_db_instance.reports["…"]']
  });
  expect(stateCommands(one)).toBe('');
});

test('of modules in modules the outermost that holds only databases is let go', () => {
  const server = 'module.platform.module.db.module.db_instance.aws_db_instance.this[0]';
  const group = resource('module.platform.module.db.module.group.aws_db_parameter_group.this', {});
  const cluster = resource('module.platform.aws_ecs_cluster.main', {});
  expect(letGo(server, [group, cluster])).toMatchObject({ from: ['module.platform.module.db'], takenAlong: [] });
  expect(letGo(server, [group])).toMatchObject({ from: ['module.platform'] });
  const beside = resource('module.platform.module.db.module.db_instance.aws_ecs_service.web', {});
  expect(letGo(server, [cluster, beside])).toMatchObject({
    from: ['module.platform.module.db.module.db_instance'],
    takenAlong: ['module.platform.module.db.module.db_instance.aws_ecs_service.web']
  });
});

test("a child of another project's instance of this name is not taken along", () => {
  const state = shown({
    resources: [
      resource('google_sql_database_instance.main', { name: 'orders', project: 'shop' }),
      resource('google_sql_user.other', { instance: 'orders', project: 'lab' })
    ]
  });
  expect(lettingGo(stateResources(state), target('gcp', 'shop')).from).toEqual(['google_sql_database_instance.main']);
});

test.each<[string, string, object, object]>([
  ['aws', '123456789012', { identifier: 'orders', arn: ARN.replace('eu-west-1', 'us-east-1') }, { arn: ARN }],
  ['aws', '123456789012', { identifier: 'orders', resource_id: 'db-OLD' }, { resourceId: 'db-NEW' }],
  ['gcp', 'shop', { name: 'orders', connection_name: 'shop:eu:orders' }, { connection_name: 'shop:us:orders' }],
  ['azure', '1111', { name: 'orders', id: '/subscriptions/1111/a/orders' }, { arn: '/subscriptions/1111/b/orders' }],
  ['digitalocean', 'team', { name: 'orders', id: 'c-1' }, { id: 'c-2' }]
])('on %s (%s) a state of another server of that name is refused: %j', (provider, account, facts, live) => {
  const type = {
    aws: 'aws_db_instance',
    gcp: 'google_sql_database_instance',
    azure: 'azurerm_postgresql_flexible_server',
    digitalocean: 'digitalocean_database_cluster'
  }[provider];
  const resources = stateResources(shown({ resources: [resource(`${type}.main`, facts)] }));
  expect(() => lettingGo(resources, target(provider, account), live as never)).toThrow(
    /main is another server than the live orders: their ids differ/
  );
  const same = Object.fromEntries(Object.keys(live).map((name, at) => [name, Object.values(facts)[at + 1]]));
  expect(lettingGo(resources, target(provider, account), same).from).toEqual([`${type}.main`]);
});

test("of two servers with one name in two regions, the live one's is let go", () => {
  const one = (name: string, region: string): object =>
    resource(`aws_db_instance.${name}`, { identifier: 'orders', arn: ARN.replace('eu-west-1', region) });
  const resources = stateResources(shown({ resources: [one('east', 'us-east-1'), one('west', 'eu-west-1')] }));
  expect(lettingGo(resources, target('aws', '123456789012'), { arn: ARN }).server).toBe('aws_db_instance.west');
});

test("OpenTofu's states get OpenTofu's commands, and its trap", () => {
  const provider_name = 'registry.opentofu.org/hashicorp/aws';
  const one = { ...resource('aws_db_instance.main', { identifier: 'orders' }), provider_name };
  const raw = {
    mode: 'managed',
    type: 'aws_db_instance',
    name: 'main',
    provider: `provider["${provider_name}"]`,
    instances: [{ attributes: { identifier: 'orders' } }]
  };
  for (const state of [shown({ resources: [one] }), JSON.stringify({ version: 4, resources: [raw] })]) {
    const found = lettingGo(stateResources(state), target('aws', '123456789012'));
    expect(stateCommands(found)).toContain("tofu state rm 'aws_db_instance.main'");
    expect(lettingGoDangers(found)[0]).toMatch(/OpenTofu before 1\.10 knows no `lifecycle` in `removed`/);
  }
});

test('a plan as JSON is read as well: it holds the state before it', () => {
  const { values } = JSON.parse(MODULE) as { readonly values: object };
  const plan = JSON.stringify({ format_version: '1.2', planned_values: {}, prior_state: { values } });
  expect(lettingGo(stateResources(plan), target('aws', '123456789012')).from).toEqual(['module.db']);
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
  expect(stateResources(state).map(({ address }) => address)).toEqual(['aws_db_instance.a["…"]']);
});

test('a text that is too long for a name is not kept', () => {
  const long = { identifier: 'x'.repeat(2049), arn: ARN };
  const [found] = stateResources(shown({ resources: [resource('aws_db_instance.a', long)] }));
  expect(found?.facts).toEqual({ arn: ARN });
});

test('a module with more children than a call takes arguments is walked', () => {
  const child_modules = Array.from({ length: 200_000 }, () => ({}));
  expect(stateResources(shown({ child_modules }))).toEqual([]);
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
