import type { FieldTable, Observed } from '../engine/resource.ts';
import { fieldRule } from '../engine/resource.ts';
import { textsOf, type Value } from '../engine/value.ts';
import { DATABASE_INPUTS, type DatabaseInput } from '../spec/catalogue.ts';
import type { Parser } from '../spec/parse.ts';

/** Inputs by name, each as a workflow writes it. */
export type RawInputs = Readonly<Partial<Record<DatabaseInput, string>>>;

/**
 * Inputs that describe no lasting state, that change the owner of something, or that say no more than the name: none of
 * them is printed.
 */
const LEFT_OUT: readonly DatabaseInput[] = [
  'name',
  'tags',
  'parameters',
  'availability_zone',
  'allowed_cidr_blocks',
  'create_security_group',
  'manage_master_user_password',
  'master_password',
  'master_password_version',
  'restore_from_snapshot',
  'restore_source',
  'vpc_id',
  'subnet_ids'
];

/**
 * The live values of a server as inputs, where a field is an input as it stands. What is off is left out: it stays off.
 * A value that its input does not take is left out too (`unfitOf`); whether the rest is right, the plan with them
 * proves.
 */
export function candidatesOf(
  server: Pick<Observed, 'fields'>,
  table: FieldTable,
  usual: Readonly<Partial<Record<DatabaseInput, string | RegExp>>> = {}
): RawInputs {
  const found: Partial<Record<DatabaseInput, string>> = {};
  for (const { input, raw, isTaken } of liveInputs(server, table, usual)) if (isTaken) found[input] ??= raw;
  return found;
}

/** Live values that their inputs do not take in the form that the server has them in. */
export function unfitOf(
  server: Pick<Observed, 'fields'>,
  table: FieldTable,
  usual: Readonly<Partial<Record<DatabaseInput, string | RegExp>>> = {}
): readonly Pick<LiveInput, 'input' | 'raw'>[] {
  return liveInputs(server, table, usual).filter(({ isTaken }) => !isTaken);
}

interface LiveInput {
  readonly input: DatabaseInput;
  readonly raw: string;
  readonly isTaken: boolean;
}

function liveInputs(
  { fields }: Pick<Observed, 'fields'>,
  table: FieldTable,
  usual: Readonly<Partial<Record<DatabaseInput, string | RegExp>>>
): readonly LiveInput[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    const input = fieldRule(table, field)?.input;
    if (input === undefined || !isDatabaseInput(input) || LEFT_OUT.includes(input)) return [];
    const raw = rawOf(input, value);
    if (raw === undefined || isUsual(raw, usual[input])) return [];
    const parser: Parser<unknown> = DATABASE_INPUTS[input];
    return [{ input, raw, isTaken: parser.parse(raw).ok }];
  });
}

function isUsual(raw: string, usual: string | RegExp | undefined): boolean {
  return usual instanceof RegExp ? usual.test(raw) : raw === usual;
}

function isDatabaseInput(name: string): name is DatabaseInput {
  return Object.hasOwn(DATABASE_INPUTS, name);
}

function rawOf(input: DatabaseInput, value: Value): string | undefined {
  if (value === null || value === false || value === 0 || value === '') return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : textsOf(value).join('\n');
  if (typeof value === 'object') return undefined;
  // A minor version moves by itself.
  return input === 'engine_version' ? String(value).split('.')[0] : String(value);
}
