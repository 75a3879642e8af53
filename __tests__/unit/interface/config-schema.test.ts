import Ajv from 'ajv';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { entriesOf, readActionFile, REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { SCHEMA_URL } from '../../../scripts/docs/config-schema.ts';
import { exampleLines, PARSERS } from '../../../scripts/docs/input-examples.ts';
import { originOf } from '../../../src/spec/input-origins.ts';
import type { InputName } from '../../../src/spec/input-names.ts';
import { load } from '../../../src/spec/load.ts';
import { parseData, type Raw } from '../../../src/spec/parse.ts';

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');
const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(read('docs/pgkeep.schema.json')) as object
);
const inputs = entriesOf(readActionFile().inputs);
const inFiles = inputs.filter(({ name }) => originOf(name as InputName) === 'file');

describe('docs/pgkeep.schema.json', () => {
  test('has the keys that a file may have, and no other', () => {
    const { properties } = isValid.schema as { readonly properties: object };
    expect(Object.keys(properties)).toEqual([...inFiles.map(({ name }) => name), 'environments']);
  });

  test.each(inFiles.map(entry => [entry.name, exampleLines(entry) ?? '']))(
    'takes the example of `%s`',
    (name, lines) => {
      expect([isValid(parse(lines)), isValid.errors]).toEqual([true, null]);
      expect(isValid({ environments: { production: parse(lines) as object } })).toBe(true);
      // The same as nested data, as a file would have it.
      const value: unknown = (parse(lines) as Readonly<Record<string, unknown>>)[name];
      if (typeof value !== 'string' || !/[:\n]/.test(value)) return;
      const nested: unknown = /^(list|map|alarms|parameters)/.test(PARSERS[name]?.kind ?? '') ? parse(value) : value;
      if (typeof nested === 'object') expect([isValid({ [name]: nested }), isValid.errors]).toEqual([true, null]);
    }
  );

  test.each([
    'instance_clas: db.t4g.micro',
    'multi_az: maybe',
    'read_replica_count: 16',
    'backup_retention_period: a week',
    'proxy_config: { pool_mod: session }',
    'alarms: { cpu: { treshold: 80 } }',
    'parameters: [{ name: work_mem, valeu: 8MB }]',
    'security_group_rules: [{ from_port: 5432 }]',
    'environments: { production: { multi_azz: true } }',
    'master_password: secret',
    'confirm_destroy: orders'
  ])('refuses what the action refuses: %s', lines => {
    expect(isValid(parse(lines))).toBe(false);
    const data = parseData(lines);
    if (!data.ok) throw new Error(data.why);
    const { environments, ...top } = data.value as Readonly<Record<string, Raw>>;
    const overlay = (environments as Readonly<Record<string, Readonly<Record<string, Raw>>>> | undefined)?.[
      'production'
    ];
    const values = { ...top, ...overlay };
    const { problems } = load([{ values: { name: 'orders', enable_proxy: 'true' } }, { source: 'orders.yml', values }]);
    expect(problems).not.toEqual([]);
  });

  test.each([
    'roles: { app: { access: { shop: owner } }, reader: , old: absent }',
    'databases: { shop: , old: absent }',
    'databases: [shop, billing]',
    'databases: shop, billing',
    'alarms: [cpu, connections]',
    'alarms: { cpu: , connections: { threshold: 80 } }',
    'parameters: [{ name: work_mem, value: 8MB, apply_method: immediate }]',
    'tags: { team: shop, cost: 12, on_call: true }',
    'engine_version: 16.10',
    'subnet_ids: subnet-1, subnet-2',
    'proxy_config: { pool_mode: session, default_pool_size: 20 }',
    'log_sink: { type: rsyslog, server: logs.example.com, port: 514 }'
  ])('takes what the action takes: %s', lines => {
    expect([isValid(parse(lines)), isValid.errors]).toEqual([true, null]);
    const data = parseData(lines);
    if (!data.ok) throw new Error(data.why);
    const layers = [{ values: { name: 'orders', enable_proxy: 'true' } }, { source: 'orders.yml', values: data.value }];
    expect(load(layers as Parameters<typeof load>[0]).problems).toEqual([]);
  });

  test.each(globSync('examples/databases/*.yml', { cwd: REPOSITORY }))('fits %s, whose first line names it', file => {
    expect([isValid(parse(read(file))), isValid.errors]).toEqual([true, null]);
    expect(read(file).split('\n')[0]).toBe(`# yaml-language-server: $schema=${SCHEMA_URL}`);
  });
});

describe('action-types.yml', () => {
  const types = parse(read('action-types.yml')) as Readonly<Record<string, Readonly<Record<string, { type: string }>>>>;

  test('has a type for every input and output', () => {
    const { outputs } = readActionFile();
    expect(Object.keys(types['inputs'] ?? {})).toEqual(inputs.map(({ name }) => name));
    expect(Object.keys(types['outputs'] ?? {})).toEqual(entriesOf(outputs).map(({ name }) => name));
  });

  test('uses the types that the form knows', () => {
    const known = ['string', 'boolean', 'integer', 'float', 'enum', 'list'];
    for (const one of Object.values(types).flatMap(Object.values)) expect(known).toContain(one.type);
    expect(types['inputs']).toMatchObject({
      command: { type: 'enum' },
      multi_az: { type: 'boolean' },
      subnet_ids: { type: 'list', separator: '\n' }
    });
  });
});
