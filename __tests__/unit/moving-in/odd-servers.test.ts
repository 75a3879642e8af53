import { markTags as listOfMark } from '../../../src/providers/digitalocean/api/tags.ts';
import { markLabels } from '../../../src/providers/gcp/api/labels.ts';
import { hourWindow } from '../../../src/providers/hour-window.ts';
import { markTags } from '../../../src/providers/mark-tags.ts';
import { clients, ready, statuses } from '../../clouds/aws/clients.ts';
import { PROMPT, startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { tagged } from '../../clouds/aws/tags.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { productionServer } from '../../clouds/azure/live-servers.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { productionCluster } from '../../clouds/digitalocean/live-servers.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { object } from '../../clouds/gcp/json.ts';
import { productionInstance } from '../../clouds/gcp/live-servers.ts';
import { printedInputs } from '../../support/moves-in.ts';
import { stepsIn, type StepResult } from '../../support/step-in-process.ts';

type With = Readonly<Record<string, string>>;

interface Opened {
  readonly env: With;
  readonly given: With;
  /** Changes the live server, as its owner might have made it. */
  readonly shape: (server: object) => void;
  readonly stop: () => Promise<void>;
  /** What reads asked for so far, each once: an operation or a permission. */
  readonly asked: () => readonly string[];
  /** Takes away one of them, and gives the others back. */
  readonly deny: (one: string) => void;
}

const once = (all: readonly string[]): readonly string[] => [...new Set(all)];

/** A live server as the well-known module of each cloud makes it for production. */
const CLOUDS: Readonly<Record<string, () => Promise<Opened>>> = {
  aws: async () => {
    const cloud = await startAws(PROMPT);
    await ready(cloud);
    return {
      env: cloud.env,
      given: { cloud_provider: 'aws', name: 'orders' },
      shape: change => void Object.assign(cloud.state().instances.get('orders')?.tags ?? {}, change, { staleReads: 0 }),
      stop: async () => cloud.stop(),
      asked: () => once(cloud.calls().flatMap(({ action, mutating }) => (mutating ? [] : [action]))),
      deny: action => {
        cloud.clearFaults();
        cloud.fault({ action, times: 999, code: 'AccessDenied', status: 403 });
      }
    };
  },
  gcp: async () => {
    const cloud = await startGcp();
    await productionInstance(cloud);
    return {
      env: cloud.env,
      given: { cloud_provider: 'gcp', name: 'orders' },
      shape: change => {
        const instance = cloud.instance('orders');
        instance.json = { ...instance.json, settings: { ...object(instance.json['settings']), ...change } };
      },
      stop: async () => cloud.stop(),
      asked: () => once(cloud.calls().flatMap(({ permission, mutating }) => (mutating ? [] : (permission ?? [])))),
      deny: permission => {
        cloud.state.denied.clear();
        cloud.state.denied.add(permission);
      }
    };
  },
  azure: async () => {
    const cloud = await startAzure({ pace: { busyAfter: 0 } });
    await productionServer(cloud);
    return {
      env: cloud.env,
      given: { cloud_provider: 'azure', name: 'orders', resource_group_name: 'shop', location: 'eastus' },
      shape: change => {
        for (const server of cloud.state.servers.values()) Object.assign(server, change);
      },
      stop: async () => cloud.stop(),
      asked: () => once(cloud.calls().flatMap(({ action, mutating }) => (mutating ? [] : [action]))),
      deny: action => {
        cloud.clearFaults();
        cloud.fault({ action, times: 999, code: 'AuthorizationFailed', status: 403 });
      }
    };
  },
  digitalocean: async () => {
    const cloud = await startDigitalOcean();
    await productionCluster(cloud);
    return {
      env: cloud.env,
      given: { cloud_provider: 'digitalocean', name: 'orders' },
      shape: change => void Object.assign(cloud.cluster('orders'), change),
      stop: async () => cloud.stop(),
      asked: () => once(cloud.calls().flatMap(({ action, mutating }) => (mutating ? [] : [action]))),
      deny: action => {
        cloud.clearFaults();
        cloud.fault({ action, times: 999, code: 'forbidden', status: 403 });
      }
    };
  }
};

interface Place extends Opened {
  readonly step: (inputs: With) => Promise<StepResult>;
}

async function at<T>(name: string, work: (place: Place) => Promise<T>): Promise<T> {
  const opened = await CLOUDS[name]?.();
  if (opened === undefined) throw new Error(`There is no cloud ${name}`);
  try {
    return await work({ ...opened, step: stepsIn(opened.env) });
  } finally {
    await opened.stop();
  }
}

interface Imported extends Place {
  readonly full: StepResult;
}

/** A server of each cloud that only imports read, with what the first of them printed. */
const imports = new Map<string, Promise<Imported>>();
async function imported(name: string): Promise<Imported> {
  const before = imports.get(name);
  if (before !== undefined) return before;
  const opening = (async () => {
    const opened = await CLOUDS[name]?.();
    if (opened === undefined) throw new Error(`There is no cloud ${name}`);
    const step = stepsIn(opened.env);
    return { ...opened, step, full: await step({ ...opened.given, command: 'import' }) };
  })();
  imports.set(name, opening);
  return opening;
}
afterAll(async () => {
  for (const opening of imports.values()) await (await opening).stop();
});

const leftOf = ({ outputs }: StepResult): readonly string[] =>
  (JSON.parse(outputs['unmanaged'] ?? '[]') as readonly { what: string; why: string; input?: string }[]).map(
    ({ what, why, input }) => `${what} (${input ?? 'no input'}): ${why}`
  );

const inputOf = (entry: string): string | undefined => /\((\w+)\): /.exec(entry)?.[1];

const NONE = 'no printed input is about it';
const STAY = 'they stay as they are';

test.each<[string, readonly string[]]>([
  [
    'gcp',
    [
      `tags foo (tags): ${STAY}`,
      `parameters autovacuum (parameters): ${STAY}`,
      `networks 203.0.113.0/24 (allowed_cidr_blocks): ${STAY}`,
      `databases default, reports (databases): ${NONE}`,
      `users ann@example.com, default (roles): ${NONE}`
    ]
  ],
  [
    'azure',
    [
      `tags environment, created-by-policy (tags): ${STAY}`,
      `firewall rules office (allowed_cidr_blocks): ${NONE}`,
      `parameters work_mem (parameters): ${NONE}`,
      `databases shop (databases): ${NONE}`,
      `locks lock-orders (enable_deletion_protection): ${NONE}`,
      `diagnostic settings diag-orders (enable_logging): ${NONE}`
    ]
  ],
  [
    'digitalocean',
    [
      `tags production, team (tags): ${STAY}`,
      `networks 203.0.113.0/24 (allowed_cidr_blocks): ${STAY}`,
      `trusted sources k8s shop-cluster (allowed_cidr_blocks): ${NONE}`,
      `connection pools web (pool_name): ${NONE}`,
      `log sinks papertrail (log_sink_name): ${NONE}`,
      `databases shop (databases): ${NONE}`,
      `users app (roles): ${NONE}`
    ]
  ]
])('on %s an import lists everything that its inputs do not name', async (name, left) => {
  const listed = leftOf((await imported(name)).full);
  expect(listed).toEqual(expect.arrayContaining([...left]));
  expect(listed.join()).not.toContain('does not take this value');
});

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `t${index}`);
const asMap = (names: readonly string[]): With => Object.fromEntries(names.map(one => [one, 'x']));

test.each<[string, number, (names: readonly string[]) => object]>([
  ['aws', 50, names => ({ tags: names.map(Key => ({ Key, Value: 'x' })) })],
  ['gcp', 64, names => ({ userLabels: asMap(names) })],
  ['azure', 50, names => ({ tags: asMap(names) })]
])(
  'on %s a server whose tags leave no room for the mark is refused, and adopted with the room named',
  async (...row) => {
    const [name, limit, tags] = row;
    await at(name, async ({ step, given, shape }) => {
      shape(tags(many(limit)));
      const inputs = { ...given, adopt_existing: 'orders', ...(name === 'gcp' ? { gcp_region: 'us-central1' } : {}) };
      const refused = await step({ ...inputs, command: 'plan' });
      expect(refused.log).toMatch(/leave no room for the ownership mark.*take \d+ off the server first/);
      const [, most] = /at most (\d+): take/.exec(refused.log) ?? [];
      shape(tags(many(Number(most) + 1)));
      expect((await step({ ...inputs, command: 'plan' })).log).toContain('take 1 off the server first');
      shape(tags(many(Number(most))));
      expect((await step({ ...inputs, command: 'apply' })).outputs['result']).toBe('applied');
      expect((await step({ ...given, command: 'plan' })).outputs['result']).toBe('no-changes');
    });
  }
);

test.each<[string, With]>([
  ['gcp', { maintenance_window: 'sun:12:00-sun:13:00' }],
  ['digitalocean', { maintenance_window: 'sun:04:00-sun:05:00', num_nodes: '2' }]
])('on %s live values are printed in the form of their inputs: %j', async (name, printed) => {
  expect(printedInputs((await imported(name)).full)).toMatchObject(printed);
});

test.each([
  ['sun:23:00', 'sun:23:00-mon:00:00'],
  ['sat:09:30', 'sat:09:30-sat:10:30'],
  ['any', undefined],
  [undefined, undefined]
])('the window of an hour from %s is %s', (start, window) => {
  expect(hourWindow(start)).toBe(window);
});

const OTHERS = { version: 1, repository: 'acme/billing', name: 'orders', environment: '' } as const;

test.each<[string, string, object, RegExp]>([
  ['gcp', 'another workflow', { userLabels: markLabels(OTHERS) }, /belongs to acme\/billing, database orders/],
  ['azure', 'another workflow', { tags: markTags(OTHERS) }, /belongs to acme\/billing, database orders/],
  ['digitalocean', 'another workflow', { tags: listOfMark(OTHERS) }, /belongs to acme\/billing, database orders/],
  [
    'azure',
    'another server, as its replica',
    { properties: { replicationRole: 'AsyncReplica', sourceServerResourceId: '/servers/main' } },
    /is the name of a read replica of main/
  ]
])('on %s a server of %s is not imported', async (name, _of, change, why) => {
  await at(name, async ({ step, given, shape }) => {
    shape(change);
    const { log, failed } = await step({ ...given, command: 'import' });
    expect([failed, log]).toEqual([true, expect.stringMatching(why)]);
  });
});

test.each<[string, object]>([
  ['gcp', { activationPolicy: 'NEVER' }],
  ['azure', {}]
])('on %s a stopped server is not imported, and the way out is named', async (name, stopped) => {
  await at(name, async ({ step, given, shape }) => {
    if (name === 'azure') shape({ properties: { state: 'Stopped' } });
    else shape(stopped);
    const { log, failed } = await step({ ...given, command: 'import' });
    expect(failed).toBe(true);
    expect(log).toContain('Could not import server orders: it is stopped, and takes no changes');
    expect(log).toContain('Start it with the tool that stopped it, and run the import again.');
  });
});

describe('on aws', () => {
  let cloud: FakeAws;
  let back = (): void => {};
  beforeAll(async () => {
    cloud = await startAws(PROMPT);
    await ready(cloud);
    back = cloud.savepoint();
  });
  beforeEach(() => {
    back();
  });
  afterAll(async () => cloud.stop());
  const GIVEN = { cloud_provider: 'aws', name: 'orders' };

  const replicated = async (id: string, region = 'us-east-1'): Promise<void> => {
    const { rds } = clients(cloud, region);
    const home = region === 'us-east-1';
    await rds.createDBInstanceReadReplica({
      DBInstanceIdentifier: id,
      SourceDBInstanceIdentifier: home ? 'orders' : cloud.state().instances.get('orders')?.live.DBInstanceArn,
      ...(home ? {} : { KmsKeyId: 'alias/aws/rds' })
    });
    await statuses(clients(cloud).rds, 'orders');
    await statuses(rds, id);
  };

  test('values that every new server has are not printed', async () => {
    const printed = printedInputs(await stepsIn(cloud.env)({ ...GIVEN, command: 'import' }));
    expect(Object.keys(printed)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(parameter_group_name|engine_lifecycle_support|subnet_group_name)$/)
      ])
    );
  });

  test('proxies under other names are listed, and values that no input takes', async () => {
    const { instances, proxies } = cloud.state();
    const front = (name: string, RdsResourceId: string): void => {
      const VpcId = instances.get('orders')?.live.DBSubnetGroup?.VpcId;
      const proxy = { DBProxyName: name, VpcId };
      proxies.set(name, { proxy, targetGroup: {}, targets: [{ RdsResourceId }], tags: tagged(), reads: 0 });
    };
    front('of-the-shop', 'orders');
    front('of-the-stock', 'stock');
    const server = instances.get('orders');
    if (server !== undefined) server.live.EngineLifecycleSupport = 'until-the-end';
    expect(leftOf(await stepsIn(cloud.env)({ ...GIVEN, command: 'import' }))).toEqual(
      expect.arrayContaining([
        `proxies of-the-shop (proxy_name): ${NONE}`,
        'engine_lifecycle_support until-the-end (engine_lifecycle_support): the input does not take this value'
      ])
    );
    cloud.fault({ action: 'DescribeDBProxies', times: 99, code: 'AccessDenied', status: 403 });
    const left = leftOf(await stepsIn(cloud.env)({ ...GIVEN, command: 'import' }));
    expect(left).toContain('proxies (proxy_name): not read, because rds:DescribeDBProxies is missing');
  });

  test('replicas in two regions: the one here is printed, the one there is listed without an input', async () => {
    await replicated('orders-bi');
    await replicated('orders-dr', 'us-west-2');
    const printed = await stepsIn(cloud.env)({ ...GIVEN, command: 'import' });
    expect(printedInputs(printed)).toMatchObject({ read_replica_count: '1', replica_names: 'orders-bi' });
    expect(leftOf(printed)).toContain(`read replica orders-dr in us-west-2 (no input): ${NONE}`);
  });

  test('a replica that has the usual name of another number is one replica, and no plan deletes it', async () => {
    await replicated('orders-replica-2');
    const step = stepsIn(cloud.env);
    const inputs = printedInputs(await step({ ...GIVEN, command: 'import' }));
    expect(inputs).toMatchObject({ create_read_replica: 'true', replica_names: 'orders-replica-2' });
    const plan = await step({ ...inputs, command: 'plan' });
    expect(plan.outputs).toMatchObject({ to_create: '0', to_delete: '0', blocked: '0' });
    expect((await step({ ...inputs, command: 'apply' })).outputs['result']).toBe('applied');
    const { adopt_existing: _, ...kept } = inputs;
    expect((await step({ ...kept, command: 'plan' })).outputs['result']).toBe('no-changes');
  });

  test('what this workflow made itself is not listed as unmanaged', async () => {
    const step = stepsIn(cloud.env);
    const network = { allowed_cidr_blocks: '10.9.0.0/16' };
    const made = await step({ ...GIVEN, ...network, adopt_existing: 'orders', command: 'apply' });
    expect(made.log).toContain('Applied: 1 created, 1 adopted');
    const left = leftOf(await step({ ...GIVEN, command: 'import' }));
    expect(left.filter(one => one.includes('security group'))).toEqual([]);
  });
});

test.each([
  ['aws', 1, 2],
  ['gcp', 2, 1],
  ['azure', 6, 2],
  ['digitalocean', 5, 4]
] as const)(
  'on %s a right that is missing is named, and nothing is claimed that was not read',
  async (name, ...most) => {
    const { step, given, asked, deny, full } = await imported(name);
    const [known, proof] = [leftOf(full), /Digest `[0-9a-f]{12}`/.exec(full.summary)?.[0] ?? 'no digest'];
    let [told, refused] = [0, 0];
    for (const right of asked()) {
      deny(right);
      const one = await step({ ...given, command: 'import' });
      if (one.failed) {
        expect(one.log).toMatch(/(Allow|Add|Give the token the scope) .*docs\/troubleshooting\.md#permission-denied/);
        refused += 1;
        continue;
      }
      expect(printedInputs(one)).toEqual(printedInputs(full));
      expect(one.summary).toContain(proof);
      const left = leftOf(one);
      const unread = left.filter(entry => !known.includes(entry));
      for (const entry of unread) expect(entry).toMatch(/not read, because .*(is missing|was switched on)$/);
      const missing = new Set(known.filter(entry => !left.includes(entry)).map(inputOf));
      expect(missing.size).toBeLessThanOrEqual(unread.length);
      told += unread.length;
    }
    expect([told, refused]).toEqual(most);
  }
);
