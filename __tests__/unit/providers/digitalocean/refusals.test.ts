import { readFileSync } from 'node:fs';
import { refusals } from '../../../../src/providers/digitalocean/refusals.ts';
import { startDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';

/** Statuses by call, from the official OpenAPI description of DigitalOcean's API. */
const described = JSON.parse(readFileSync(new URL('fixtures/statuses.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly number[]>
>;

const spelled = (call: string): string => call.replaceAll(/\{\w+\}/g, '{}');

test.each(Object.entries(described))(
  'every status that the description has for %s is accounted for',
  (call, statuses) => {
    const known = refusals.filter(one => one.call === call).map(({ code }) => Number(code.slice(0, 3)));
    expect(statuses.filter(status => !known.includes(status))).toEqual([]);
  }
);

test('every mutating call of a database with everything is accounted for', async () => {
  const cloud = await startDigitalOcean();
  const run = await digitaloceanRun(cloud, everything());
  await run.apply();
  await (await digitaloceanRun(cloud, everything())).operate('rotate');
  await run.destroy();
  const known = new Set(refusals.map(({ call }) => spelled(call)));
  const sent = new Set(cloud.mutations().map(({ action }) => spelled(action)));
  expect([...sent].filter(call => !known.has(call))).toEqual([]);
  await cloud.stop();
});
