import type { Provider } from '../../../src/providers/provider.ts';
import { loadProvider } from '../../../src/providers/registry.ts';
import { unsupported } from '../../../src/providers/unsupported.ts';
import { DATABASE_INPUTS, PROVIDERS, type ProviderName } from '../../../src/spec/catalogue.ts';
import { crossCheck } from '../../../src/spec/checks.ts';
import { load } from '../../../src/spec/load.ts';
import { describeProblem } from '../../../src/spec/problem.ts';
import type { Spec } from '../../../src/spec/spec.ts';
import { EXAMPLES, FEWEST } from '../../support/example-inputs.ts';
import { expectGolden } from '../../support/golden.ts';
import { inOneLine, noticed } from '../../support/plan-in-words.ts';

/**
 * What is refused or told of two inputs together and of neither alone, and what one of them takes away again: of every
 * pair of inputs, before anything is contacted. The second half of a condition that goes missing shows in the golden
 * files. `UPDATE_GOLDENS=1` writes them, to be read.
 */
const GROUP = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers';

/** Values for inputs whose example alone says too little, also for one cloud. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  engine_version: ['13', '16', '17.2'],
  instance_class: ['db.t4g.micro', 'db.r6g.large', 'B_Standard_B1ms', 'GP_Standard_D2s_v3', 'db-s-1vcpu-1gb'],
  tier: ['db-f1-micro', 'db-custom-2-7680', 'db-perf-optimized-N-2'],
  edition: ['ENTERPRISE', 'ENTERPRISE_PLUS'],
  storage_type: ['gp2', 'gp3', 'io1', 'standard', 'PD_HDD', 'HYPERDISK_BALANCED', 'Premium_LRS', 'PremiumV2_LRS'],
  allocated_storage: ['20', '500'],
  max_allocated_storage: ['0', '21', '1000'],
  storage_iops: ['3000', '100000'],
  storage_throughput: ['125', '1000'],
  backup_retention_period: ['0', '7'],
  read_replica_count: ['0', '2'],
  num_nodes: ['1', '2'],
  monitoring_interval: ['0', '60'],
  performance_insights_retention_period: ['7', '731'],
  allowed_cidr_blocks: ['0.0.0.0/0', '10.0.0.0/16', '2001:db8::/32', '[]'],
  maintenance_window: ['sun:03:30-sun:04:30', 'mon:01:00-mon:02:00'],
  backup_window: ['03:00-04:00'],
  upgrade_strategy: ['blue-green', 'in-place'],
  failover_mode: ['forced', 'planned'],
  alarms: ['cpu', 'connections', 'replica_lag', 'freeable_memory'],
  parameters: ['work_mem: 8MB', 'max_connections: "100"', 'ssl: "on"'],
  proxy_config: ['pool_mode: session', 'default_pool_size: 20', 'max_client_conn: 100', 'default_pool_size: 5000'],
  restore_to_time: ['latest', '2025-01-02T03:04:05Z'],
  'aws availability_zone': ['us-east-1a'],
  'gcp availability_zone': ['us-central1-a'],
  'azure availability_zone': ['1', '2'],
  'gcp replica_region': ['europe-west1', 'us-central1'],
  'azure replica_region': ['westus', 'West Europe'],
  'aws replica_region': ['eu-west-1', 'us-east-1'],
  'aws backup_region': ['eu-west-1', 'eu-central-1'],
  'aws replica_kms_key_id': ['arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-00000000cccc'],
  'aws snapshot_copy_region': ['us-east-1', 'eu-west-1'],
  'azure subnet_ids': [`${GROUP}/Microsoft.Network/virtualNetworks/shop/subnets/databases`],
  'azure kms_key_id': ['https://shop.vault.azure.net/keys/orders/0123456789abcdef0123456789abcdef'],
  'gcp kms_key_id': ['projects/shop/locations/us-central1/keyRings/shop/cryptoKeys/orders'],
  'gcp vpc_id': ['projects/shop/global/networks/shop'],
  'digitalocean vpc_id': ['c33931f2-a26a-4e61-b85c-4e95a2ec431b']
};

const GIVEN = { ...FEWEST, aws: { aws_region: 'us-east-1' } };

interface Single {
  readonly input: string;
  readonly title: string;
  readonly settings: object;
  readonly origins: object;
}

/** Each input with each of its values, as it is read. */
function singles(provider: ProviderName, base: Spec): readonly Single[] {
  return Object.entries(DATABASE_INPUTS).flatMap(([input, definition]) => {
    if (input in GIVEN[provider] || ('only' in definition && definition.only !== provider)) return [];
    const example = EXAMPLES.get(input) ?? 'x';
    const given = VALUES[`${provider} ${input}`] ?? VALUES[input];
    const values = given ?? (['true', 'false'].includes(example) ? ['true', 'false'] : [example]);
    return values.flatMap(value => {
      const { spec } = load([
        { values: { cloud_provider: provider, name: base.name, ...GIVEN[provider], [input]: value } }
      ]);
      const settings = Object.fromEntries(Object.entries(spec.settings).filter(([name]) => name === input));
      if (Object.keys(settings).length === 0) return [];
      const title = `${input}: ${inOneLine(value)}`;
      return [{ input, title, settings, origins: { [input]: input } }];
    });
  });
}

type Ask = (spec: Spec) => readonly string[];

const ofAll: Ask = ({ settings }) => crossCheck(settings).map(problem => `refused ${describeProblem(problem)}`);

const of =
  ({ capabilities, validate }: Provider): Ask =>
  spec => {
    const { problems, notices } = validate(spec);
    return [
      ...problems.map(problem => `refused ${describeProblem(problem)}`),
      ...[...unsupported(spec, capabilities), ...notices].map(noticed)
    ];
  };

function page(provider: ProviderName, ask: Ask): string {
  const { spec: base } = load([{ values: { cloud_provider: provider, name: 'orders', ...GIVEN[provider] } }]);
  const withThem = (...given: readonly Single[]): ReadonlySet<string> =>
    new Set(
      ask(
        given.reduce<Spec>(
          (spec, { settings, origins }) => ({
            ...spec,
            settings: { ...spec.settings, ...settings },
            origins: { ...spec.origins, ...origins }
          }),
          base
        )
      )
    );
  const all = singles(provider, base);
  const alone = new Map(all.map(one => [one, withThem(one)]));
  const found = new Map<string, string[]>();
  const note = (line: string, pair: string): void => void found.set(line, [...(found.get(line) ?? []), pair]);
  for (const [at, one] of all.entries()) {
    const own = alone.get(one) ?? new Set();
    for (const other of all.slice(at + 1)) {
      if (other.input === one.input) continue;
      const others = alone.get(other) ?? new Set();
      const both = withThem(one, other);
      for (const line of both) {
        if (!own.has(line) && !others.has(line)) note(line, `${one.title} + ${other.title}`);
      }
      for (const [lines, given, by] of [
        [own, one, other],
        [others, other, one]
      ] as const) {
        for (const line of lines) if (!both.has(line)) note(`without: ${line}`, `${given.title} + ${by.title}`);
      }
    }
  }
  return `${[...found].flatMap(([line, pairs]) => [line, ...pairs.map(pair => `  ${pair}`)]).join('\n')}\n`;
}

test.each(PROVIDERS)('%s answers each pair of inputs as its golden file says', async name => {
  expectGolden(`pairs-${name}.txt`, page(name, of(await loadProvider(name))));
});

test('each pair of inputs is checked the same way for all providers', () => {
  expectGolden('pairs-of-inputs.txt', page('aws', ofAll));
});
