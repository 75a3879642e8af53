import { ActionError } from '../../../src/errors.ts';
import type { Observed } from '../../../src/engine/resource.ts';
import { ALIASES } from '../../../src/spec/aliases.ts';
import { DATABASE_INPUTS } from '../../../src/spec/catalogue.ts';
import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';
import { EXAMPLES } from '../../support/example-inputs.ts';
import { expectGolden } from '../../support/golden.ts';
import { keepAnswers } from '../../support/kept-answers.ts';
import { alike, changedIn, differing, inOneLine, steady } from '../../support/plan-in-words.ts';

/**
 * What a plan says where a single input of a live server gets another value: of the smallest server, and of one with
 * everything. A comparison, a refusal or a cost that goes missing shows in the golden files. `UPDATE_GOLDENS=1` writes
 * them, to be read.
 */
type With = Readonly<Record<string, string>>;
type CloudName = keyof typeof EVERY_CLOUD;

const NUMBERS = ['1', '35', '130', '12000'];

/** Values for inputs whose example alone says too little. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  engine_version: ['14', '14.12', '15', '17', '18.1', '19'],
  storage_type: ['gp2', 'gp3', 'io1', 'io2', 'standard', 'PD_HDD', 'PD_SSD', 'PremiumV2_LRS', 'P20'],
  allowed_cidr_blocks: ['0.0.0.0/0', '10.1.0.0/16\n192.0.2.0/24', '2001:db8::/32'],
  parameters: ['work_mem: 8MB', 'shared_buffers: 1GB', 'max_connections: "20"', 'no_such: 1', 'log_statement: nope'],
  tags: ['Cost: low', 'managed-by: me'],
  alarms: ['cpu', 'cpu: {threshold: 70}\nfreeable_memory: {}', 'replica_lag: {}'],
  alarm_actions: ['arn:aws:sns:us-east-1:123456789012:others', 'arn:aws:sns:eu-west-1:123456789012:alerts'],
  proxy_config: ['pool_mode: session', 'default_pool_size: 5000'],
  kms_key_id: [
    'arn:aws:kms:eu-central-1:123456789012:key/8a1b2c3d',
    'projects/shop-project/locations/us-east1/keyRings/shop/cryptoKeys/orders'
  ],
  master_password_version: ['2'],
  maintenance_window: ['mon:01:00-mon:02:00', 'sun:03:30-sun:04:30'],
  instance_class: ['db.t4g.micro', 'db.r6g.large', 'db.nope', 'db-s-1vcpu-1gb', 'db-s-4vcpu-8gb', 'B_Standard_B1ms']
};

/** What says which server is meant, and where its API is. */
const ELSEWHERE: ReadonlySet<string> = new Set(['name', 'azure_authority_host', 'azure_resource_manager_endpoint']);

function valuesOf(input: string): readonly string[] {
  const given = VALUES[input];
  if (given !== undefined) return given;
  const example = EXAMPLES.get(input) ?? 'x';
  if (['true', 'false'].includes(example)) return ['true', 'false'];
  return /^\d+$/.test(example) ? NUMBERS : [example];
}

/** The inputs by the names that a plan says. */
function plainly(inputs: With): With {
  const meaning = new Map<string, string>(ALIASES.map(({ name, means }) => [name, means]));
  return Object.fromEntries(Object.entries(inputs).map(([input, value]) => [meaning.get(input) ?? input, value]));
}

/** What the plan of these inputs says, a line each. Empty where their own form is wrong: no cloud is asked then. */
async function told(cloud: StartedCloud, inputs: With, observed: readonly Observed[]): Promise<readonly string[]> {
  try {
    const run = await cloud.run(inputs);
    const { plan } = await run.plan(observed);
    return changedIn(plan);
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    return thrown.hint?.startsWith('Nothing was contacted') === true ? [] : [`${thrown.code}: ${thrown.message}`];
  }
}

async function page(cloud: StartedCloud, name: CloudName, base: With): Promise<string> {
  const { observed } = await (await cloud.run(base)).plan();
  const before = await told(cloud, base, observed);
  const lines: string[] = [];
  for (const [input, definition] of Object.entries(DATABASE_INPUTS)) {
    if (ELSEWHERE.has(input) || ('only' in definition && definition.only !== name)) continue;
    const other: (readonly [string, readonly string[]])[] = [];
    for (const value of valuesOf(input).filter(one => one !== base[input])) {
      const said = differing(before, await told(cloud, { ...base, [input]: value }, observed));
      if (said.length > 0) other.push([inOneLine(value), said]);
    }
    for (const [said, values] of alike(other)) lines.push(`${input}: ${values.join(', ')}`, said);
  }
  return `${lines.join('\n')}\n`;
}

test.each(
  (Object.keys(EVERY_CLOUD) as CloudName[]).flatMap(name =>
    (['small', 'large'] as const).map(size => [name, size] as const)
  )
)('a plan of a live server on %s, a %s one, says what each other value of an input means', async (name, size) => {
  const cloud = await EVERY_CLOUD[name]();
  const keeping = keepAnswers();
  try {
    const base = plainly(cloud[size]);
    await (await cloud.run(base)).apply();
    keeping.start();
    expectGolden(`changes-${name}-${size}.txt`, steady(await page(cloud, name, base), cloud.large));
  } finally {
    keeping.stop();
    await cloud.stop();
  }
});
