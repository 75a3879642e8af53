import { defined } from '../engine/defined.ts';
import type { Notice } from '../engine/plan.ts';
import { sameValue, type Value } from '../engine/value.ts';
import { ALIASES, isOn } from './aliases.ts';
import {
  DATABASE_INPUTS,
  MERGED,
  PROVIDERS,
  RUN_INPUTS,
  type DatabaseInput,
  type ProviderName,
  type RunInput,
  type RunValues,
  type Settings
} from './catalogue.ts';
import { crossCheck, crossCheckRun } from './checks.ts';
import { INPUT_NAMES, SECRETS, type InputName } from './input-names.ts';
import { holdsLogin, originOf } from './input-origins.ts';
import { insteadOf, OTHER_FORMS } from './names-of-others.ts';
import { isLeftOut, map, parameters, type Parser, type Raw } from './parse.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './problem.ts';
import type { Spec } from './spec.ts';
import { unquotedVersion } from './unquoted-version.ts';

/** Values from one place. Layers come nearest first: `with:`, the environment's overlay, the file's top level. */
export interface Layer {
  /** Undefined for `with:`; else the name of the place in a message. */
  readonly source?: string;
  readonly values: Readonly<Record<string, Raw>>;
}

export interface Loaded {
  readonly run: RunValues;
  readonly spec: Spec;
  /** Secret inputs by name. They are nowhere else. */
  readonly secrets: ReadonlyMap<string, string>;
  /**
   * All problems found. The other members hold the readable values, so that a provider can add its own problems before
   * all are reported.
   */
  readonly problems: readonly Problem[];
}

interface Given {
  readonly raw: Raw;
  readonly source: string | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(INPUT_NAMES);
const RUN_NAMES = Object.keys(RUN_INPUTS) as RunInput[];
const DATABASE_NAMES = Object.keys(DATABASE_INPUTS) as DatabaseInput[];

/** A name can mean different inputs on different clouds. */
const ALIASES_BY_NAME = Map.groupBy(ALIASES, ({ name }) => name);

/**
 * Parses and cross-checks all inputs at once. Pure: nothing is contacted. Returns every problem, each with the input,
 * its value, what is allowed and a suggestion; a value with a problem is left out.
 */
export function load(layers: readonly Layer[]): Loaded {
  const provider = providerIn(layers);
  const problems: Problem[] = [...unknownNames(layers, provider)];
  const given = gather(layers, problems);
  const secrets = new Map<string, string>();
  const parseOne = (name: string, parser: Parser<unknown>): unknown => {
    const one = given.get(name);
    return one === undefined ? undefined : parseInput({ name, ...one, provider }, parser, problems, secrets);
  };

  const run: Partial<Record<RunInput, unknown>> = {};
  for (const name of RUN_NAMES) {
    if (!given.has(name)) continue;
    const value = parseOne(name, RUN_INPUTS[name]);
    if (value !== undefined) run[name] = value;
  }
  const notices: Notice[] = [];
  const settings: Partial<Record<DatabaseInput, unknown>> = {};
  const origins: Partial<Record<DatabaseInput, string>> = {};
  for (const name of DATABASE_NAMES) {
    if (!given.has(name)) continue;
    const definition: Parser<unknown> & { only?: ProviderName } = DATABASE_INPUTS[name];
    const value = parseOne(name, definition);
    if (value === undefined) continue;
    if (definition.only !== undefined && definition.only !== provider)
      notices.push(otherCloud(name, [definition.only], provider));
    else [settings[name], origins[name]] = [value, name];
  }
  for (const [name, rows] of ALIASES_BY_NAME) {
    if (!given.has(name)) continue;
    const alias = rows.find(row => isOn(row, provider));
    if (alias === undefined) {
      const instead = insteadOf(name, provider);
      if (instead === undefined)
        notices.push(
          otherCloud(
            name,
            rows.flatMap(({ on = [] }) => on),
            provider
          )
        );
      else problems.push({ input: name, why: `has no equivalent of that name on ${provider}`, instead });
      continue;
    }
    const value = parseOne(name, alias.parser);
    if (value === undefined) continue;
    const other = origins[alias.means];
    const differs = SECRETS.includes(name)
      ? secrets.get(other ?? '') !== secrets.get(name)
      : !sameValue(settings[alias.means] as Value, value as Value);
    if (other !== undefined && differs) {
      problems.push(disagreement(name, other, given));
    }
    if (other === undefined) [settings[alias.means], origins[alias.means]] = [value, name];
  }
  for (const { name, means } of ALIASES) {
    const secret = secrets.get(name);
    if (secret === undefined) continue;
    secrets.delete(name);
    if (!secrets.has(means) && origins[means] === name) secrets.set(means, secret);
  }

  for (const input of ['engine_version', 'server_version'] as const) {
    const one = given.get(input);
    // A file is read without numbers; only the workflow's own YAML has them.
    const read = one?.source === undefined && typeof one?.raw === 'string' ? one.raw.trim() : '';
    const message = unquotedVersion(input, read);
    if (message !== undefined) notices.push({ code: 'unquoted-version', severity: 'warning', input, message });
  }
  const name = (settings.name as string | undefined) ?? (provider === 'local' ? 'postgres' : undefined);
  if (name === undefined && !problems.some(({ input, suggestion }) => input === 'name' || suggestion === 'name')) {
    problems.push({
      input: 'name',
      why: 'is missing: it says which database this workflow keeps',
      allowed: DATABASE_INPUTS.name.allowed
    });
  }
  if (settings.snapshot_identifier !== undefined && run.command !== 'snapshot') notices.push(SNAPSHOT_NAME);
  if (run.mask_sql !== undefined && run.ephemeral === undefined && run.command !== 'restore-check')
    notices.push(notMasked(settings as Settings));
  problems.push(...crossCheck(settings as Settings), ...crossCheckRun(run as RunValues, name));
  return {
    problems,
    run: run as RunValues,
    spec: {
      provider,
      name: name ?? '',
      environment: (run.environment as string | undefined) ?? '',
      settings: settings as Settings,
      origins,
      notices
    },
    secrets
  };
}

/**
 * One value per input, from the nearest layer that has it; maps are merged. Unknown names and secrets in files are
 * problems.
 */
function gather(layers: readonly Layer[], problems: Problem[]): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  for (const { source, values } of layers) {
    for (const [name, raw] of Object.entries(values)) {
      if (!isKnown(name) || isLeftOut(raw, parserOf(name))) continue;
      const refusal = source === undefined ? undefined : refusedInFile(name, raw);
      if (refusal !== undefined) {
        problems.push(defined({ input: name, source, ...refusal }));
        continue;
      }
      const nearer = given.get(name);
      if (nearer === undefined) given.set(name, { raw, source });
      else if (MERGED.includes(name)) given.set(name, merge(name, { raw, source }, nearer));
    }
  }
  return given;
}

function isKnown(name: string): name is InputName {
  return KNOWN.has(name);
}

/** One of its parsers: all forms of an input agree on what is left out. */
function parserOf(name: InputName): Parser<unknown> {
  const parsers: Readonly<Record<string, Parser<unknown>>> = { ...RUN_INPUTS, ...DATABASE_INPUTS };
  const parser = parsers[name] ?? ALIASES_BY_NAME.get(name)?.[0]?.parser;
  if (parser === undefined) throw new Error(`There is no parser of ${name}`);
  return parser;
}

/** Names that are not inputs, each with what replaces it, or the input that is spelled nearly so. */
function unknownNames(layers: readonly Layer[], provider: ProviderName): readonly Problem[] {
  return layers.flatMap(({ source, values }) =>
    Object.keys(values)
      .filter(name => !isKnown(name))
      .map(name => {
        const instead = insteadOf(name, provider);
        const suggestion = instead === undefined ? (didYouMean(name, INPUT_NAMES) ?? completed(name)) : undefined;
        return defined({ input: name, why: 'is not an input of this action', suggestion, instead, source });
      })
  );
}

/** The only input that a name is the beginning or the end of: `subscription_id` lacks its cloud. */
function completed(name: string): string | undefined {
  const [one, ...others] = INPUT_NAMES.filter(known => known.startsWith(`${name}_`) || known.endsWith(`_${name}`));
  return others.length > 0 ? undefined : one;
}

function disagreement(name: string, other: string, given: ReadonlyMap<string, Given>): Problem {
  const isSecret = SECRETS.includes(name);
  return defined({
    input: name,
    value: isSecret ? undefined : shown(given.get(name)?.raw),
    why: `disagrees with \`${other}\`${isSecret ? '' : ` (${shown(given.get(other)?.raw)})`}: the two mean the same thing`,
    allowed: 'one of the two'
  });
}

/** Why an input may not be set in a file of the repository. The value is not shown: it may be a secret. */
function refusedInFile(name: InputName, raw: Raw): Pick<Problem, 'why' | 'allowed'> | undefined {
  if (SECRETS.includes(name) || holdsLogin(raw))
    return { why: 'must not be kept in a file', allowed: `\`with:\` and \`\${{ secrets.… }}\`` };
  if (originOf(name) === 'file') {
    const isExpression = /\$\{\{.*\}\}/.test(JSON.stringify(raw));
    const why = 'holds a `${{ … }}` expression, which GitHub works out in workflows, and not in a file';
    return isExpression ? { why, allowed: '`with:`, or the value itself' } : undefined;
  }
  return { why: 'is for the author of the workflow to set, and not for a file', allowed: '`with:`' };
}

/** Merges the farther map under the nearer one. The parser handles values that are not maps. */
function merge(name: string, farther: Given, nearer: Given): Given {
  const parser = name === 'parameters' ? parameters() : map();
  const [far, near] = [parser.parse(farther.raw), parser.parse(nearer.raw)];
  if (!far.ok) return farther;
  if (!near.ok) return nearer;
  return { raw: { ...far.value, ...near.value }, source: nearer.source };
}

interface GivenInput extends Given {
  readonly name: string;
  readonly provider: ProviderName;
}

function parseInput(
  { name, raw, source, provider }: GivenInput,
  parser: Parser<unknown>,
  problems: Problem[],
  secrets: Map<string, string>
): unknown {
  const parsed = parser.parse(raw);
  const isSecret = SECRETS.includes(name);
  if (parsed.ok) {
    if (!isSecret) return parsed.value;
    secrets.set(name, parsed.value as string);
    return true;
  }
  const given = typeof raw === 'string' ? raw.trim() : '';
  const suggestion =
    parser.choices === undefined || given === ''
      ? undefined
      : (parser.otherWords?.[given.toLowerCase()] ?? didYouMean(given, parser.choices));
  const unquoted = given.replaceAll(/["']/g, '');
  const isQuoted = !isSecret && unquoted !== given && parser.parse(unquoted).ok;
  problems.push(
    defined({
      input: name,
      ...(isSecret ? {} : { value: shown(raw) }),
      why: parsed.why,
      allowed: parser.allowed,
      suggestion,
      instead: isQuoted ? 'leave out the quotes, which are part of the value here' : OTHER_FORMS[name]?.[provider],
      source
    })
  );
  return undefined;
}

function providerIn(layers: readonly Layer[]): ProviderName {
  const given = layers
    .map(({ values }) => values['cloud_provider'])
    .find(one => one !== undefined && !isLeftOut(one, RUN_INPUTS.cloud_provider));
  const name = typeof given === 'string' ? given.trim() : '';
  return name === 'do' ? 'digitalocean' : (PROVIDERS.find(one => one === name) ?? 'aws');
}

/** In Terraform the same name restores a snapshot. */
const SNAPSHOT_NAME: Notice = {
  code: 'other-meaning',
  severity: 'info',
  input: 'snapshot_identifier',
  message:
    '`snapshot_identifier` names the snapshot that `command: snapshot` takes, and restores none: that is `restore_from_snapshot`.'
};

/** A database that `restore_source` fills would hold data that the workflow's author takes for masked. */
function notMasked({ restore_source: source, restore_from_snapshot: snapshot }: Settings): Notice {
  const isCopy = source !== undefined || snapshot !== undefined;
  return {
    code: 'not-masked',
    severity: isCopy ? 'warning' : 'info',
    input: 'mask_sql',
    message: '`mask_sql` runs in copies for pull requests and in `command: restore-check`: this run masks nothing.'
  };
}

function otherCloud(input: string, owners: readonly ProviderName[], provider: ProviderName): Notice {
  return {
    code: 'other-provider',
    severity: 'info',
    input,
    message: `\`${input}\` is an input for ${owners.map(owner => `\`${owner}\``).join(' and ')}; on \`${provider}\` it has no effect.`
  };
}

function shown(raw: Raw | undefined): string {
  return typeof raw === 'string' ? raw.trim() : JSON.stringify(raw ?? null);
}
