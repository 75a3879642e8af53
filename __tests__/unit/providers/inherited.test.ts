import { readFileSync } from 'node:fs';
import { aws } from '../../../src/providers/aws/provider.ts';
import { inherited as ofAws } from '../../../src/providers/aws/inherited.ts';
import { azure } from '../../../src/providers/azure/provider.ts';
import { inherited as ofAzure } from '../../../src/providers/azure/inherited.ts';
import { digitalocean } from '../../../src/providers/digitalocean/provider.ts';
import { inherited as ofDigitalOcean } from '../../../src/providers/digitalocean/inherited.ts';
import { gcp } from '../../../src/providers/gcp/provider.ts';
import { inherited as ofGcp } from '../../../src/providers/gcp/inherited.ts';
import { ADDED_RESOURCES, type InheritanceTable } from '../../../src/providers/inheritance.ts';
import { inherited as ofLocal } from '../../../src/providers/local/inherited.ts';
import { local } from '../../../src/providers/local/provider.ts';
import type { FieldTable } from '../../../src/engine/resource.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { basic as basicAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { basic as basicDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';

type With = Readonly<Record<string, string>>;

const TABLES: readonly (readonly [string, readonly { readonly fields: FieldTable }[], InheritanceTable])[] = [
  ['aws', aws.types, ofAws],
  ['gcp', gcp.types, ofGcp],
  ['azure', azure.types, ofAzure],
  ['digitalocean', digitalocean.types, ofDigitalOcean],
  ['local', local.types, ofLocal]
];

describe.each(TABLES)('on %s', (name, types, inherited) => {
  test('every created resource says what it inherits, by fields that its server has', () => {
    const known = Object.keys(types[0]?.fields ?? {});
    for (const what of ADDED_RESOURCES) {
      const answer = inherited[what];
      if (typeof answer === 'string') expect(answer).not.toBe('');
      else expect(answer.fields.filter(field => !known.includes(field))).toEqual([]);
    }
  });

  test('the page has it', () => {
    const page = readFileSync('docs/inherited.md', 'utf8').split(`## \`${name}\``)[1]?.split('## ')[0] ?? '';
    const { replica } = inherited;
    const fields = typeof replica === 'string' ? [replica] : replica.fields;
    expect(fields.filter(field => !page.includes(field))).toEqual([]);
  });
});

/** Fields of a replica that are not its server's: where it is to be. */
const OWN = ['location', 'region'];

test.each<
  [string, InheritanceTable, () => Promise<{ run: (inputs: With) => Promise<CloudRun>; stop: () => unknown }>, With]
>([
  [
    'azure',
    ofAzure,
    async () => {
      const cloud = await startAzure();
      return { run: async inputs => azureRun(cloud, inputs), stop: async () => cloud.stop() };
    },
    { ...basicAzure(), name: 'orders', resource_group_name: 'shop' }
  ],
  [
    'digitalocean',
    ofDigitalOcean,
    async () => {
      const cloud = await startDigitalOcean();
      return { run: async inputs => digitaloceanRun(cloud, inputs), stop: async () => cloud.stop() };
    },
    { ...basicDigitalOcean(), name: 'orders' }
  ]
])('on %s a replica of a live server is planned with what the table says', async (_name, inherited, start, inputs) => {
  const { run, stop } = await start();
  try {
    await (await run(inputs)).apply();
    const { name = '', resource_group_name: group } = inputs;
    const bare = { name, ...(group === undefined ? {} : { resource_group_name: group }) };
    for (const [what, more] of [
      ['replica', { create_read_replica: 'true' }],
      ['replica-elsewhere', { replica_region: group === undefined ? 'sfo3' : 'westus' }]
    ] as const) {
      const { steps } = (await (await run({ ...bare, ...more })).plan()).plan;
      const planned = steps.find(({ type }) => type === 'replica')?.changes.map(({ field }) => field) ?? [];
      const answer = inherited[what];
      const listed = typeof answer === 'string' ? [] : answer.fields;
      expect(planned.length).toBeGreaterThan(1);
      expect(planned.filter(field => !listed.includes(field) && !OWN.includes(field))).toEqual([]);
    }
  } finally {
    await stop();
  }
});
