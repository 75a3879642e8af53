import type { Plan } from '../../../src/engine/plan.ts';
import { changesTable } from '../../../src/report/changes-markdown.ts';
import { WHOLE, FULL } from '../../../src/report/detail-levels.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsInputs } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as azureInputs } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as digitaloceanInputs } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as gcpInputs } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

type With = Readonly<Record<string, string>>;

interface Cloud {
  readonly run: (changes: With) => Promise<CloudRun>;
  readonly stop: () => Promise<void>;
}

/** Starts a fake and returns a run of its basic inputs with some changed. */
const CLOUDS: Readonly<Record<string, () => Promise<Cloud>>> = {
  aws: async () => {
    const cloud = await startAws();
    return { run: async changes => awsRun(cloud, { ...awsInputs(cloud), ...changes }), stop: async () => cloud.stop() };
  },
  azure: async () => {
    const cloud = await startAzure();
    return { run: async changes => azureRun(cloud, { ...azureInputs(), ...changes }), stop: async () => cloud.stop() };
  },
  digitalocean: async () => {
    const cloud = await startDigitalOcean();
    const run: Cloud['run'] = async changes => digitaloceanRun(cloud, { ...digitaloceanInputs(), ...changes });
    return { run, stop: async () => cloud.stop() };
  },
  gcp: async () => {
    const cloud = await startGcp();
    return { run: async changes => gcpRun(cloud, { ...gcpInputs(), ...changes }), stop: async () => cloud.stop() };
  }
};

let cloud: Cloud | undefined;
afterEach(async () => cloud?.stop());

async function planned(name: string, changes: With): Promise<Plan> {
  cloud = await CLOUDS[name]?.();
  if (cloud === undefined) throw new Error(`no cloud ${name}`);
  return (await (await cloud.run(changes)).plan()).plan;
}

/** The rows of a plan that carry the mark, as `field | value`. */
const marked = (plan: Plan, depth = WHOLE): readonly string[] =>
  changesTable(plan, depth)
    .split('\n')
    .filter(line => line.startsWith('|') && line.includes('🚨'))
    .map(line =>
      line
        .replace(/&nbsp;|[`|]/g, '')
        .replace(/\s+/g, ' ')
        .trim()
    );

const PUBLIC = /^publicly_accessible 🚨 true$/;

test.each([
  [
    'aws',
    '10.0.0.0/16\n0.0.0.0/0\n::/0',
    [/^rules\.ingress tcp 5432 0\.0\.0\.0\/0 🚨/, /^rules\.ingress tcp 5432 ::\/0 🚨/, PUBLIC]
  ],
  ['gcp', '203.0.113.0/24\n0.0.0.0/0', [/^allowed_cidr_blocks 🚨 203\.0\.113\.0\/24, 0\.0\.0\.0\/0/, PUBLIC]],
  ['azure', '203.0.113.0/24\n0.0.0.0/0', [PUBLIC, /^rules\.0\.0\.0\.0\/0 🚨 0\.0\.0\.0-255\.255\.255\.255/]],
  ['digitalocean', '203.0.113.0/24\n0.0.0.0/0', [/^trusted_sources 🚨/]]
])(
  '%s: a public address is marked, and of the allowed networks those of every address',
  async (name, networks, expected) => {
    const plan = await planned(name, { publicly_accessible: 'true', allowed_cidr_blocks: networks });
    expect(marked(plan)).toEqual(expected.map(row => expect.stringMatching(row)));
    expect(plan.notices).toContainEqual(
      expect.objectContaining({ code: 'public-exposure', severity: 'danger', input: 'allowed_cidr_blocks' })
    );
  }
);

test('aws: an own rule that lets everyone in is marked, and one that lets everyone out is not', async () => {
  const rule = '{from_port: 443, to_port: 443, protocol: tcp, cidr_blocks: ["0.0.0.0/0"], description: web';
  const rules = `[${rule}, type: ingress}, ${rule}, type: egress}]`;
  const plan = await planned('aws', { publicly_accessible: 'true', security_group_rules: rules });
  expect(marked(plan).filter(row => row.startsWith('rules.'))).toEqual([
    expect.stringMatching(/^rules\.ingress tcp 443 0\.0\.0\.0\/0 🚨/)
  ]);
  expect(plan.notices).toContainEqual(expect.objectContaining({ input: 'security_group_rules', severity: 'danger' }));
});

test('a removed network of every address is not marked', async () => {
  cloud = await CLOUDS['azure']?.();
  await (await cloud?.run({ allowed_cidr_blocks: '203.0.113.0/24\n0.0.0.0/0' }))?.apply();
  const later = await cloud?.run({ allowed_cidr_blocks: '203.0.113.0/24' });
  const { plan } = (await later?.plan()) ?? {};
  if (plan === undefined) throw new Error('no plan');
  expect(plan.steps.flatMap(step => step.changes.map(({ field }) => field))).toContain('rules.0.0.0.0/0');
  const told = {
    ...plan,
    notices: [{ code: 'x', severity: 'danger', message: '', input: 'allowed_cidr_blocks' }]
  } as const;
  expect(marked(told)).toEqual([]);
});

test('a danger is visible however many fields are folded', async () => {
  const networks = Array.from({ length: 12 }, (_, at) => `10.${at}.0.0/16`);
  const plan = await planned('aws', {
    publicly_accessible: 'true',
    allowed_cidr_blocks: [...networks, '0.0.0.0/0'].join('\n')
  });
  expect(marked(plan, FULL)).toContainEqual(expect.stringMatching(/^rules\.ingress tcp 5432 0\.0\.0\.0\/0 🚨/));
});
