import type { Desired, Observed } from '../engine/resource.ts';
import { textOf, type FieldValue, type Value } from '../engine/value.ts';
import { combineFindings, NO_FINDINGS, type Findings } from '../providers/findings.ts';
import { PRELOADED, type ExtensionRules } from '../providers/extension-rules.ts';

/** Values of parameters by their names. */
export type Parameters = Readonly<Record<string, string>>;

export interface ExtensionRequest {
  /** Extensions that are still to be created. */
  readonly names: readonly string[];
  /** What the inputs set. Those steps come before those inside of the server. */
  readonly asked: Parameters;
  /** What the server says, as far as the admin may see it; `undefined` for a server that does not exist yet. */
  readonly live: Parameters | undefined;
}

/**
 * Problems with extensions that the server would refuse as its parameters are: one that its allow-list leaves out, and
 * one whose library is not loaded. Each says what to set, so that the parameter is a change of the plan with the
 * restart that it may cost. Pure. A parameter that can't be read is not judged.
 */
export function extensionParameters(rules: ExtensionRules, request: ExtensionRequest): Findings {
  return combineFindings([notAllowed(rules, request), ...request.names.map(name => notLoaded(rules, request, name))]);
}

function notAllowed({ allowList }: ExtensionRules, { names, asked, live }: ExtensionRequest): Findings {
  if (allowList === undefined) return NO_FINDINGS;
  const { parameter, initial } = allowList;
  const value = asked[parameter] ?? (live === undefined ? initial : live[parameter]);
  if (value === undefined || holds(value, '*')) return NO_FINDINGS;
  const missing = names.filter(name => !holds(value, name));
  if (missing.length === 0) return NO_FINDINGS;
  return problem(
    missing,
    `is not in \`${parameter}\`, which lists what this server may create`,
    parameter,
    [...listOf(value), ...missing].join(',')
  );
}

function notLoaded({ libraries }: ExtensionRules, { asked, live }: ExtensionRequest, name: string): Findings {
  const needed = libraries[name];
  if (needed === undefined) return NO_FINDINGS;
  const { parameter, value } = needed;
  const isList = parameter === PRELOADED;
  const isMet = (given: string | undefined): boolean =>
    given !== undefined && (isList ? holds(given, value) : given.toLowerCase() === value);
  const isAsked = isMet(asked[parameter]) || holds(asked[PRELOADED] ?? '', name);
  // A list of the inputs replaces the live one.
  const isLive = asked[parameter] === undefined && isMet(live?.[parameter]);
  const isUnknown = asked[parameter] === undefined && live !== undefined && live[parameter] === undefined;
  if (isAsked || isLive || isUnknown) return NO_FINDINGS;
  const before = isList ? listOf(asked[parameter] ?? live?.[parameter] ?? '') : [];
  return problem(
    [name],
    'can be created only when the server has loaded its library at its start',
    parameter,
    [...before, value].join(',')
  );
}

/** Extensions whose own switch the inputs turn off: the plan does not turn it on against them. Pure. */
export function switchedOff({ libraries }: ExtensionRules, names: readonly string[], asked: Parameters): Findings {
  return combineFindings(
    [...new Set(names)].flatMap(name => {
      const { parameter = '', value = '' } = libraries[name] ?? {};
      const given = asked[parameter];
      if (parameter === PRELOADED || given === undefined || isSwitchedOn(given)) return [];
      return [
        problem([name], `needs \`${parameter}\`, which the inputs set to ${JSON.stringify(given)}`, parameter, value)
      ];
    })
  );
}

/** As PostgreSQL reads a switch. */
function isSwitchedOn(given: string): boolean {
  return ['on', 'true', 'yes', '1'].includes(given.trim().toLowerCase());
}

const MANAGED = 'parameters';

/** Whether the workflow manages the parameters of the server, so that what extensions need of them can be set. */
export function managesParameters(server: readonly Desired[]): boolean {
  return server.some(({ complete }) => complete?.includes(MANAGED) === true);
}

interface SettingsRequest {
  /** All extensions that are asked for, those that are there already too: what they need stays set. */
  readonly names: readonly string[];
  readonly live: Parameters | undefined;
  readonly observed: readonly Observed[];
}

/**
 * The server's own resources; where the workflow manages its parameters, with those that extensions need: added to the
 * values that the inputs name, else to the live ones, else to those of a new server. A list whose live value can't be
 * read is left as it is. Pure.
 */
export function withExtensionParameters(
  server: readonly Desired[],
  rules: ExtensionRules,
  request: SettingsRequest
): readonly Desired[] {
  return server.map(one => {
    if (one.complete?.includes(MANAGED) !== true) return one;
    const fields = Object.fromEntries(
      needsOf(rules, request.names).flatMap(need => {
        const value = valueWith(need, one, request);
        return value === undefined ? [] : [[`${MANAGED}.${need.parameter}`, { value, managed: true }] as const];
      })
    );
    return { ...one, fields: { ...one.fields, ...fields } };
  });
}

/** A parameter, and what it must hold; `initial` on a new server. */
interface Need {
  readonly parameter: string;
  readonly values: readonly string[];
  readonly isList: boolean;
  readonly initial: string;
}

function needsOf({ allowList, libraries }: ExtensionRules, names: readonly string[]): readonly Need[] {
  const loaded = names.flatMap(name => libraries[name] ?? []);
  const parameters = [...new Set(loaded.map(({ parameter }) => parameter))];
  return [
    ...(allowList === undefined || names.length === 0
      ? []
      : [{ parameter: allowList.parameter, values: names, isList: true, initial: allowList.initial }]),
    ...parameters.map(parameter => ({
      parameter,
      values: loaded.filter(one => one.parameter === parameter).map(({ value }) => value),
      isList: parameter === PRELOADED,
      initial: ''
    }))
  ];
}

function valueWith(
  { parameter, values, isList, initial }: Need,
  { address, fields }: Desired,
  { live, observed }: SettingsRequest
): Value | undefined {
  const field = `${MANAGED}.${parameter}`;
  const asked: FieldValue | undefined = fields[field]?.value;
  const before = observed.find(one => one.address === address);
  const known = asked ?? before?.fields[field] ?? live?.[parameter] ?? (before === undefined ? initial : undefined);
  if (!isList) return values[0];
  if (known === undefined) return undefined;
  const text = textOf(known as Value);
  // Without a limit there is nothing to add, unless an input or an earlier apply set it so.
  if (holds(text, '*')) return asked === undefined && before?.fields[field] === undefined ? undefined : text;
  const missing = values.filter(value => !holds(text, value));
  return missing.length === 0 ? text : [...listOf(text), ...missing].join(',');
}

/** Extensions whose library a running server has not loaded, as far as can be read. */
export function unloaded({ libraries }: ExtensionRules, names: readonly string[], live: Parameters): readonly string[] {
  return names.filter(name => {
    const needed = libraries[name];
    const value = needed === undefined ? undefined : live[needed.parameter];
    if (needed === undefined || value === undefined) return false;
    return needed.parameter === PRELOADED ? !holds(value, needed.value) : value.toLowerCase() !== needed.value;
  });
}

function problem(names: readonly string[], why: string, parameter: string, value: string): Findings {
  const instead = `set it in \`parameters\`: \`${parameter}: ${JSON.stringify(value)}\``;
  return { problems: [{ input: 'extensions', value: names.join(', '), why, instead }], notices: [] };
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');
}

function holds(list: string, name: string): boolean {
  return listOf(list).some(one => one.toLowerCase() === name.toLowerCase());
}
