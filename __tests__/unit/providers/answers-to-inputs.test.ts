import type { Provider } from '../../../src/providers/provider.ts';
import { loadProvider } from '../../../src/providers/registry.ts';
import { unsupported } from '../../../src/providers/unsupported.ts';
import { DATABASE_INPUTS, PROVIDERS, type ProviderName } from '../../../src/spec/catalogue.ts';
import { load } from '../../../src/spec/load.ts';
import { EXAMPLES, FEWEST } from '../../support/example-inputs.ts';
import { expectGolden } from '../../support/golden.ts';
import { inOneLine, noticed } from '../../support/plan-in-words.ts';

/**
 * Every refusal and notice that a provider has for the inputs of a new server, before anything is contacted: a golden
 * file for each says which values bring it up. A bound that moves, and a part of a message that goes missing, shows
 * there. `UPDATE_GOLDENS=1` writes the files, to be read.
 */
type With = Readonly<Record<string, string>>;

/** Bounds of the inputs, with a neighbour on either side. */
const NUMBERS = [
  [-1, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 19, 20, 30, 31, 34, 35, 36, 59, 60, 61, 63, 64, 93, 94, 99, 100],
  [365, 366, 399, 400, 499, 500, 713, 731, 744, 999, 1000, 1023, 1024, 1151, 3000, 4000, 4001, 5432, 6432, 12_000],
  [15_360, 16_384, 32_767, 32_768, 64_000, 65_535, 65_536]
]
  .flat()
  .map(String);

const TEXTS = [
  ['true', 'false', 'a', 'Orders', 'or--ders', 'orders-', 'a b', 'a_b', 'a.b', 'nope', '10', 'x'.repeat(64)],
  [
    'admin',
    'postgres',
    'Template0',
    'PG_x',
    'template0',
    'pg_x',
    'rdsadmin',
    'azure_superuser',
    'cloudsqladmin',
    'doadmin',
    'defaultdb'
  ],
  ['db.t4g.micro', 'db.r6gd.large', 'db.serverless', 'db-f1-micro', 'db-custom-2-7680', 'db-custom-3-7680'],
  [
    'db-custom-2-100',
    'DB-G1-Small',
    'db-perf-optimized-N-2',
    'GP_Standard_D2s_v3',
    'B_Standard_B1ms',
    'Standard_D2s_v3'
  ],
  [
    'db-s-1vcpu-1gb',
    'gp2',
    'gp3',
    'io1',
    'io2',
    'PD_HDD',
    'HYPERDISK_BALANCED',
    'PremiumV2_LRS',
    'UltraSSD_LRS',
    'P10'
  ],
  ['9.6', '13', '14.10', '17', '19', 'eu-west-1', 'europe-west1', 'westeurope', 'us-east-1a', 'us-central1-a', '1'],
  ['03:00-03:20', '23:30-00:30', 'sun:03:30-sun:04:30', 'sun:03:00-sun:03:15', 'ENTERPRISE_PLUS', 'advanced'],
  [
    '0.0.0.0/0',
    '::/0',
    '2001:db8::/32',
    'work_mem: 1GB',
    'shared_bufers: 1GB',
    'ssl: maybe',
    'aws:x: y',
    'Owner: <me>',
    'goog-x: y'
  ]
].flat();

/** Those of them that matter together with others. */
const FEW = ['true', 'false', '1', '0.0.0.0/0', '03:00-03:20', 'sun:03:30-sun:04:30', 'B_Standard_B1ms', 'db-f1-micro'];
const FEW_MORE = ['db.t4g.micro', 'db-s-1vcpu-1gb', 'gp2', 'io1', 'PD_HDD', 'shared_bufers: 1GB'];

/** What decides over other inputs. */
const COMBINED: Readonly<Record<ProviderName, readonly With[]>> = {
  aws: [
    { storage_type: 'gp3', allocated_storage: '500', storage_iops: '12000' },
    { storage_type: 'io1', allocated_storage: '100', storage_iops: '1000' },
    { create_read_replica: 'true', backup_retention_period: '0' },
    { multi_az: 'true', publicly_accessible: 'true' },
    { enable_proxy: 'true', enable_enhanced_monitoring: 'false', enable_logging: 'true' },
    { engine_version: '16', manage_master_user_password: 'true' },
    { maintenance_window: 'sun:03:00-sun:04:00', upgrade_strategy: 'blue-green' }
  ],
  azure: [
    { sku_name: 'B_Standard_B1ms', enable_proxy: 'true' },
    { sku_name: 'GP_Standard_D2s_v3', multi_az: 'true', availability_zone: '1' },
    { storage_type: 'PremiumV2_LRS', allocated_storage: '100' },
    { publicly_accessible: 'false', create_read_replica: 'true' }
  ],
  digitalocean: [
    { create_read_replica: 'true', num_nodes: '2', instance_class: 'db-s-1vcpu-1gb' },
    { enable_proxy: 'true', enable_logging: 'true' }
  ],
  gcp: [
    { edition: 'ENTERPRISE_PLUS', tier: 'db-perf-optimized-N-2' },
    { tier: 'db-f1-micro', multi_az: 'true', backup_retention_period: '0' },
    { publicly_accessible: 'false', create_read_replica: 'true', maintenance_window: 'sun:03:00-sun:04:00' }
  ],
  local: [{ create_read_replica: 'true', enable_proxy: 'true' }]
};

/** What is said of them; `undefined` where their own form is wrong, so that no provider is asked. */
function answers({ name, capabilities, validate }: Provider, inputs: With): readonly string[] | undefined {
  const { spec, problems } = load([{ values: { cloud_provider: name, name: 'orders', ...FEWEST[name], ...inputs } }]);
  if (problems.length > 0) return undefined;
  const validation = validate(spec);
  return [
    ...validation.problems.map(({ input, value, why, allowed }) =>
      [
        `refused ${input}`,
        ...(value === undefined ? [] : [`[${value}]`]),
        why,
        ...(allowed ? [`(${allowed})`] : [])
      ].join(' ')
    ),
    ...[...unsupported(spec, capabilities), ...validation.notices]
      .filter(({ code }) => code !== 'other-provider')
      .map(noticed)
  ];
}

function all(provider: Provider): string {
  const page: string[] = [];
  const told = new Set(answers(provider, {}));
  for (const others of [{}, ...COMBINED[provider.name]]) {
    const own = new Set(answers(provider, others));
    const title = Object.entries(others).map(([input, value]) => `${input}: ${value}`);
    if (title.length > 0) page.push('', `# ${title.join(', ')}`, ...[...own].filter(line => !told.has(line)));
    for (const line of own) told.add(line);
    const texts = title.length > 0 ? [...FEW, ...FEW_MORE] : TEXTS;
    for (const [input, definition] of Object.entries(DATABASE_INPUTS)) {
      const isOfAnother = 'only' in definition && definition.only !== provider.name;
      if (input in others || isOfAnother) continue;
      const found = new Map<string, string[]>();
      const example = EXAMPLES.get(input) ?? 'x';
      const probed = input === 'engine_version' || !/^\d+$/.test(example) ? texts : NUMBERS;
      for (const value of new Set([...(probed === NUMBERS ? [] : [example]), ...probed])) {
        for (const line of answers(provider, { ...others, [input]: value }) ?? []) {
          if (told.has(line)) continue;
          const general = withoutValue(line, value);
          if (told.has(`${input}: ${general}`)) continue;
          found.set(general, [...(found.get(general) ?? []), inOneLine(value)]);
        }
      }
      for (const [line, values] of found) page.push(`${input}: ${shortened(values, probed)}`, `  ${line}`);
      for (const line of found.keys()) told.add(`${input}: ${line}`);
    }
  }
  return `${page.join('\n')}\n`;
}

/** What stands around the value in a message. */
const AROUND = [
  ['[', ']'],
  ['`', '`'],
  [' last ', '.'],
  ['such as ', ' GiB']
] as const;

/** The same text for each value that brings it up. */
function withoutValue(line: string, value: string): string {
  const spellings = [value, value.toLowerCase()];
  return AROUND.reduce(
    (text, [before, after]) =>
      spellings.reduce((one, spelling) => one.replaceAll(before + spelling + after, `${before}…${after}`), text),
    line
  );
}

/** Values that follow each other in the list as `first … last`. */
function shortened(values: readonly string[], probed: readonly string[]): string {
  const runs: string[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    const at = probed.indexOf(value);
    if (run !== undefined && at > 0 && probed[at - 1] === run.at(-1)) run.push(value);
    else runs.push([value]);
  }
  return runs.map(run => (run.length < 3 ? run.join(', ') : `${run[0]} … ${run.at(-1)}`)).join(', ');
}

test.each(PROVIDERS)('%s answers values of each input as its golden file says', async name => {
  expectGolden(`answers-${name}.txt`, all(await loadProvider(name)));
});
