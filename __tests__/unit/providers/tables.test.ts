import { aws } from '../../../src/providers/aws/provider.ts';
import { refusals as ofAws } from '../../../src/providers/aws/refusals.ts';
import { NAMED as LOGINS_BY_NAME } from '../../../src/providers/azure/api/login-method.ts';
import { REGIONS as AZURE_REGIONS } from '../../../src/providers/azure/api/regions.ts';
import { PREMIUM_SIZES } from '../../../src/providers/azure/api/storage.ts';
import { inherited } from '../../../src/providers/azure/inherited.ts';
import { azure } from '../../../src/providers/azure/provider.ts';
import { PRESETS as AZURE_ALARMS } from '../../../src/providers/azure/resources/alarm.ts';
import { SHARED } from '../../../src/providers/azure/resources/replica-settings.ts';
import { FOLLOWED, INHERITED, REGIONAL } from '../../../src/providers/azure/resources/replica.ts';
import { FINAL } from '../../../src/providers/azure/resources/server/fields.ts';
import { refusals as ofAzure } from '../../../src/providers/azure/refusals.ts';
import { REGIONS as DIGITALOCEAN_REGIONS } from '../../../src/providers/digitalocean/api/regions.ts';
import { digitalocean } from '../../../src/providers/digitalocean/provider.ts';
import { refusals as ofDigitalOcean } from '../../../src/providers/digitalocean/refusals.ts';
import { KINDS as GCP_KINDS } from '../../../src/providers/gcp/api/error-kinds.ts';
import { LABEL_LIMIT } from '../../../src/providers/gcp/api/labels.ts';
import { RESUMED } from '../../../src/providers/gcp/api/operation.ts';
import { LIBRARIES } from '../../../src/providers/gcp/api/parameters.ts';
import { REGIONS as GCP_REGIONS } from '../../../src/providers/gcp/api/regions.ts';
import { ORDER as GCP_ORDER } from '../../../src/providers/gcp/desired/replicas.ts';
import { DEFAULTS as GCP_DEFAULTS } from '../../../src/providers/gcp/desired/server.ts';
import { gcp } from '../../../src/providers/gcp/provider.ts';
import { refusals as ofGcp } from '../../../src/providers/gcp/refusals.ts';
import { PRESETS as GCP_ALARMS } from '../../../src/providers/gcp/resources/alarm.ts';
import { RULES } from '../../../src/providers/local/cluster/start-failure.ts';
import { RESERVED_PARAMETERS } from '../../../src/providers/local/cluster/settings.ts';
import { HINTS } from '../../../src/providers/local/installation/npm.ts';
import { LANGUAGES, PACKAGES } from '../../../src/providers/local/installation/package-hint.ts';
import { PINS } from '../../../src/providers/local/installation/pins.ts';
import { local } from '../../../src/providers/local/provider.ts';
import type { Refusal } from '../../../src/providers/refusals.ts';
import { expectGolden } from '../../support/golden.ts';

/**
 * The tables of each provider whole: its resources with their fields and permissions, its capabilities, operations,
 * refusals and tables of names. A member that goes missing from a table shows in the golden files. `UPDATE_GOLDENS=1`
 * writes them.
 */
const TABLES = {
  aws: [aws, ofAws, {}],
  azure: [
    azure,
    ofAzure,
    {
      regions: AZURE_REGIONS,
      'a login by name': LOGINS_BY_NAME,
      storage: { PREMIUM_SIZES },
      alarm: AZURE_ALARMS,
      replicas: { SHARED, FOLLOWED, INHERITED, REGIONAL },
      state: FINAL,
      inherited
    }
  ],
  digitalocean: [digitalocean, ofDigitalOcean, { regions: DIGITALOCEAN_REGIONS }],
  gcp: [
    gcp,
    ofGcp,
    {
      'error code': GCP_KINDS,
      'continued operation': RESUMED,
      library: LIBRARIES,
      regions: GCP_REGIONS,
      'a new server': GCP_DEFAULTS,
      alarm: GCP_ALARMS,
      labels: LABEL_LIMIT,
      'no smaller on a replica': Object.keys(GCP_ORDER)
    }
  ],
  local: [
    local,
    [],
    {
      program: PINS,
      'package with an extension': PACKAGES,
      'package of a language': LANGUAGES,
      'reserved parameter': Object.fromEntries(RESERVED_PARAMETERS),
      'failed start': RULES,
      'failed download': HINTS
    }
  ]
} as const;

/** A table, a line for each row of each table in it. A function is told as such. */
function rows(table: unknown, at: string, depth: number): readonly string[] {
  if (depth === 0 || typeof table !== 'object' || table === null) return [`${at}: ${told(table)}`];
  return Object.entries(table).flatMap(([name, row]) => rows(row, `${at} ${name}`, depth - 1));
}

/** The calls of each way of dealing with a refusal, which many have in common. */
function refused(refusals: readonly Refusal[]): readonly string[] {
  const calls = Map.groupBy(refusals, ({ code, when, how }) => `${code}, ${when}: ${how}`);
  return [...calls].map(([way, own]) => `refusal ${way} [${own.map(({ call }) => call).join(', ')}]`);
}

function told(value: unknown): string {
  const plain = (_key: string, one: unknown): unknown =>
    typeof one === 'function' ? 'ƒ' : one instanceof RegExp ? String(one) : one;
  return value instanceof RegExp ? String(value) : (JSON.stringify(value, plain) ?? 'ƒ');
}

test.each(Object.entries(TABLES))(
  'the tables of %s are as its golden file says',
  (name, [{ types, ...rest }, refusals, names]) => {
    const page = [
      ...types.flatMap(({ fields, ...type }) => [
        ...rows(type, type.type, 1),
        ...rows(fields, `${type.type} field`, 1)
      ]),
      ...rows(rest, '', 2),
      ...refused(refusals),
      ...Object.entries(names).flatMap(([what, table]) => rows(table, what, 1))
    ];
    expectGolden(`tables-${name}.txt`, `${page.join('\n')}\n`);
  }
);
