import { readFileSync } from 'node:fs';
import { refusals } from '../../../../src/providers/digitalocean/refusals.ts';

/** Statuses by call, from the official OpenAPI description of DigitalOcean's API. */
const described = JSON.parse(readFileSync(new URL('fixtures/statuses.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, readonly number[]>
>;

test.each(Object.entries(described))(
  'every status that the description has for %s is accounted for',
  (call, statuses) => {
    const known = refusals.filter(one => one.call === call).map(({ code }) => Number(code.slice(0, 3)));
    expect(statuses.filter(status => !known.includes(status))).toEqual([]);
  }
);
