import { tmpdir } from 'node:os';
import { entriesOf, readActionFile } from '../../../scripts/docs/action-file.ts';
import { exampleLines } from '../../../scripts/docs/input-examples.ts';
import { defined } from '../../../src/engine/defined.ts';
import { readInputs } from '../../../src/inputs/read-inputs.ts';
import { parseDocument } from 'yaml';
import { OUTPUT_NAMES } from '../../../src/publish/outputs.ts';
import { DEFAULT_MAJOR, MODULE_MAJOR, MAJORS } from '../../../src/postgres/major.ts';
import { capabilities as local } from '../../../src/providers/local/capabilities.ts';
import { ALIASES } from '../../../src/spec/aliases.ts';
import { DATABASE_INPUTS, RUN_INPUTS, type DatabaseInput, type ProviderName } from '../../../src/spec/catalogue.ts';
import { INPUT_NAMES } from '../../../src/spec/input-names.ts';
import { FEATURES, type FeatureName } from '../../../src/spec/features.ts';
import type { Parser } from '../../../src/spec/parse.ts';

const action = readActionFile();
const inputs = new Map(entriesOf(action.inputs).map(entry => [entry.name, entry]));
const outputs = entriesOf(action.outputs);

type Definition = Parser<unknown> & { readonly only?: ProviderName };

/** The providers that have an alias, over all of its meanings; none stands for all. */
function providersOf(alias: string): readonly ProviderName[] {
  return ALIASES.filter(({ name }) => name === alias).flatMap(({ on = [] }) => on);
}

function onlyOn([only, ...others]: readonly ProviderName[], parser: Parser<unknown>): Definition {
  return defined({ ...parser, only: others.length > 0 ? undefined : only });
}

const definitions = new Map<string, Definition>([
  ...Object.entries(RUN_INPUTS),
  ...Object.entries(DATABASE_INPUTS),
  ...ALIASES.toReversed().map(({ name, parser }): [string, Definition] => [name, onlyOn(providersOf(name), parser)])
]);

/** What the module's documentation promises for a database that is made. */
const MODULE_DEFAULTS: Readonly<Record<string, string>> = {
  storage_type: 'gp2',
  storage_encrypted: 'true',
  multi_az: 'false',
  publicly_accessible: 'false',
  backup_retention_period: '7',
  backup_window: '03:00-04:00',
  maintenance_window: 'sun:04:00-sun:05:00',
  enable_deletion_protection: 'false',
  enable_performance_insights: 'false',
  enable_logging: 'false',
  allowed_cidr_blocks: '',
  create_read_replica: 'false',
  read_replica_count: '1',
  tags: '',
  enable_enhanced_monitoring: 'false',
  monitoring_interval: '0',
  performance_insights_retention_period: '7',
  database_version: `POSTGRES_${MODULE_MAJOR}`,
  tier: 'db-f1-micro',
  disk_size: '20',
  disk_type: 'PD_SSD',
  // The module's `B_Gen5_1`, `11` and `5120` no longer exist: today's equivalents.
  sku_name: 'Standard_B1ms',
  server_version: String(DEFAULT_MAJOR),
  storage_mb: '32768',
  auto_grow_enabled: 'true',
  backup_retention_days: '7',
  geo_redundant_backup: 'false'
};

const described = (name: string): string => inputs.get(name)?.description ?? '';
/** The default that a description states in words. */
const stated = (name: string): string | undefined => /Default: `?([^`.,]+)`?[.,]/.exec(described(name))?.[1];

/** Names of the definitions that a rule is about and whose description breaks it. */
const offenders = (isMeant: (definition: Definition) => boolean, keeps: (text: string, one: Definition) => boolean) =>
  [...definitions].filter(([name, one]) => isMeant(one) && !keeps(described(name), one)).map(([name]) => name);

describe('action.yml and the code', () => {
  test('have the same inputs', () => {
    expect([...inputs.keys()].sort()).toEqual([...INPUT_NAMES].sort());
  });

  test('have the same outputs', () => {
    expect(outputs.map(entry => entry.name).sort()).toEqual([...OUTPUT_NAMES].sort());
  });

  test('run the bundle on Node 24, also at the end of the job', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.js', post: 'dist/index.js' });
  });

  test('leave every default to the code, so that the configuration file can still set what `with:` does not', () => {
    const preset = [...inputs.values()].filter(entry => entry.default !== undefined);
    expect(preset.map(entry => [entry.name, entry.default])).toEqual([
      ['github_token', '${{ github.token }}'],
      ['job_status', '${{ job.status }}']
    ]);
  });

  test('agree on the defaults of a run', () => {
    const { options, spec } = readInputs({
      env: { INPUT_NAME: 'orders' },
      paths: { temp: tmpdir(), toolCache: tmpdir(), workspace: tmpdir(), action: tmpdir() }
    });
    const { dry_run: _, ...available } = options;
    for (const [name, value] of Object.entries(available)) expect([name, stated(name)]).toEqual([name, String(value)]);
    expect(stated('cloud_provider')).toBe(spec.provider);
    for (const name of ['environment', 'config', 'confirm_destroy', 'skip_policies']) expect(stated(name)).toBe('none');
  });

  test('document the defaults of a new database', () => {
    for (const [name, value] of Object.entries(MODULE_DEFAULTS)) {
      expect(described(name)).toContain(`Default for a new database: ${value === '' ? 'none' : `\`${value}\``}`);
    }
  });

  test('name every choice', () => {
    const wrong = offenders(
      ({ kind }) => kind === 'choice',
      (text: string, { choices = [] }: Definition) => choices.every(one => text.includes(`\`${one}\``))
    );
    expect(wrong).toEqual([]);
  });

  test('name the limits of every number', () => {
    const wrong = offenders(
      ({ kind }) => kind === 'integer',
      (text: string, { allowed }: Definition) => text.includes(/-?\d+ to \d+/.exec(allowed)?.[0] ?? '?')
    );
    expect(wrong).toEqual([]);
  });

  test('begin with the effect of a value, where there are only two', () => {
    const wrong = offenders(
      ({ kind }) => kind === 'boolean',
      (text: string) => /^`(true|false)` |^Alias for /.test(text)
    );
    expect(wrong).toEqual([]);
  });

  test('name the providers that have an input', () => {
    const wrong = offenders(
      () => true,
      (text: string, { only }: Definition) => (/Only on `(\w+)`/.exec(text)?.[1] ?? undefined) === only
    );
    expect(wrong).toEqual([]);
  });

  test('name the target of an alias', () => {
    const wrong = ALIASES.filter(
      ({ name, means }) => !new RegExp(`^Alias for [^.]*\`${means}\``).test(described(name))
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('name the inputs that `local` does not have, and no others', () => {
    for (const feature of Object.keys(FEATURES) as FeatureName[]) {
      for (const input of FEATURES[feature].inputs as readonly DatabaseInput[]) {
        const { only }: Definition = DATABASE_INPUTS[input];
        const isSaid = described(input).includes('Not on `local`.');
        expect([input, isSaid]).toEqual([input, !local[feature].can && only === undefined]);
      }
    }
  });

  test('agree on the versions of `local`', () => {
    expect(described('engine_version')).toContain(`${MAJORS[0]} to ${MAJORS.at(-1)}`);
    expect(described('engine_version')).toMatch(new RegExp(`a new server on \`local\`[^;.]* gets ${DEFAULT_MAJOR} `));
  });
});

test('each input has an example in docs/inputs/ that it takes (scripts/docs/input-examples.ts)', () => {
  const SET_BY_THE_RUNNER: readonly string[] = ['github_token', 'job_status'];
  for (const [name, entry] of inputs) {
    if (SET_BY_THE_RUNNER.includes(name)) continue;
    const example = parseDocument(exampleLines(entry) ?? '').toJS() as Readonly<
      Record<string, string | number | boolean>
    > | null;
    const value = String(example?.[name] ?? '');
    const secret = 'https://user:correct-horse-battery@search.example.com:9200';
    const given = value.includes('secrets.') ? secret : value;
    expect([name, value === '', definitions.get(name)?.parse(given)]).toEqual([
      name,
      false,
      expect.objectContaining({ ok: true })
    ]);
  }
});

describe('the descriptions', () => {
  const all = [...inputs.values(), ...outputs];
  const breaking = (isBroken: (text: string) => boolean) =>
    all.filter(({ description }) => isBroken(description)).map(({ name }) => name);

  test('are short, on one line, and end with a full stop', () => {
    expect(breaking(text => !text.endsWith('.') || /\s{2}|\n/.test(text) || text.length > 400)).toEqual([]);
  });

  test('hold no expression, which the runner would evaluate', () => {
    expect(breaking(text => text.includes('${{'))).toEqual([]);
  });

  test('fit the marketplace', () => {
    expect(action.description.length).toBeLessThanOrEqual(125);
  });
});
