import { ALIASES } from '../../src/spec/aliases.ts';
import type { InputName } from '../../src/spec/input-names.ts';
import { originOf } from '../../src/spec/input-origins.ts';
import type { Parser } from '../../src/spec/parse.ts';
import { entriesOf, type ActionFile, type Entry } from './action-file.ts';
import { PARSERS } from './input-examples.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Members of valibot's schemas that the conversion reads. */
interface Described {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Described>>;
  readonly item?: Described;
  /** Of a record. */
  readonly value?: Described | string;
  readonly wrapped?: Described;
  readonly options?: readonly (Described | string)[];
  readonly pipe?: readonly Described[];
  readonly literal?: string;
}

/** Where editors find the schema; the first line of a configuration file names it. */
export const SCHEMA_URL = 'https://raw.githubusercontent.com/pgkeep/pgkeep/v1/docs/pgkeep.schema.json';

/** A plain value: a file's scalars are read as text, however YAML would read them. */
const SCALAR: Schema = { type: ['string', 'number', 'boolean'] };
const TEXT: Schema = { type: ['string', 'number'] };

/** The JSON Schema of the file that `config` names. */
export function configSchema(action: ActionFile): string {
  const inputs = entriesOf(action.inputs).filter(({ name }) => originOf(name as InputName) === 'file');
  const properties = Object.fromEntries(inputs.map(entry => [entry.name, propertyOf(entry)]));
  return JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: SCHEMA_URL,
    title: 'Configuration file of pgkeep',
    description: 'The file that `config` names: the keys of `with:`, and overlays under `environments:`.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      environments: {
        description: 'What an environment changes, by its name. The input `environment` chooses one.',
        type: 'object',
        additionalProperties: {
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(inputs.map(({ name }) => [name, { $ref: `#/properties/${name}` }]))
        }
      }
    }
  });
}

function propertyOf({ name, description }: Entry): Schema {
  const parsers = ALIASES.filter(alias => alias.name === name).map(({ parser }) => parser);
  const forms = (parsers.length === 0 ? [PARSERS[name]] : parsers).flatMap(parser =>
    parser === undefined ? [] : [formOf(parser)]
  );
  const distinct = [...new Map(forms.map(form => [JSON.stringify(form), form])).values()];
  return { description, ...(distinct.length === 1 ? distinct[0] : { anyOf: distinct }) };
}

function formOf(parser: Parser<unknown>): Schema {
  const { kind, choices, allowed } = parser;
  if (parser.schema !== undefined)
    return { anyOf: [{ type: 'string' }, ...alternatives(kind, parser.schema as Described)] };
  if (kind === 'boolean') return { type: 'boolean' };
  if (kind === 'integer') {
    const [, minimum = '0', maximum = '0'] = /from (-?\d+) to (\d+)/.exec(allowed) ?? [];
    return { type: 'integer', minimum: Number(minimum), maximum: Number(maximum) };
  }
  if (choices !== undefined) return { enum: choices.map(choice => ({ true: true, false: false })[choice] ?? choice) };
  if (kind.startsWith('list (')) return { anyOf: [TEXT, { type: 'array', items: TEXT }] };
  if (kind === 'map') return { anyOf: [{ type: 'string' }, mapOf(SCALAR)] };
  if (kind === 'parameters') return { anyOf: [{ type: 'string' }, mapOf(SCALAR), { type: 'array', items: PARAMETER }] };
  return TEXT;
}

const PARAMETER: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'value'],
  properties: { name: { type: 'string' }, value: SCALAR, apply_method: { enum: ['immediate', 'pending-reboot'] } }
};

function mapOf(value: Schema): Schema {
  return { type: 'object', additionalProperties: value };
}

/** Alarms may also be a list of their names, or names without a rule. */
function alternatives(kind: string, schema: Described): readonly Schema[] {
  const form = converted(schema);
  if (kind !== 'alarms') return [form];
  const names = Object.keys(schema.entries ?? {});
  const properties = Object.entries(form['properties'] as Readonly<Record<string, Schema>>);
  const orNone = properties.map(([name, rule]) => [name, { anyOf: [rule, { type: 'null' }] }]);
  return [
    { type: 'array', items: { enum: names } },
    { ...form, properties: Object.fromEntries(orNone) as Schema }
  ];
}

function converted(schema: Described): Schema {
  const { type, entries, item, value, wrapped, options = [] } = schema;
  if (wrapped !== undefined) return converted(wrapped);
  if (item !== undefined) return { type: 'array', items: converted(item) };
  if (entries !== undefined) {
    const required = Object.entries(entries).flatMap(([key, one]) => (one.type === 'optional' ? [] : [key]));
    return {
      type: 'object',
      additionalProperties: false,
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(Object.entries(entries).map(([key, one]) => [key, converted(one)]))
    };
  }
  if (type === 'picklist') return { enum: options };
  // A key without a value is read as an empty text.
  if (type === 'literal') return { enum: schema.literal === '' ? ['', null] : [schema.literal] };
  if (type === 'record' && typeof value === 'object') return mapOf(converted(value));
  const schemas = options.filter(option => typeof option !== 'string');
  if (schemas.length > 0) return { anyOf: schemas.map(converted) };
  // A form that has no equal here is left to the action.
  return ['string', 'number', 'boolean'].includes(type) ? SCALAR : {};
}
