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
