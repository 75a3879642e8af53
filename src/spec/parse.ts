import ipaddr from 'ipaddr.js';
import { isScalar, parseDocument, visit, YAMLParseError, type Document, type YAMLMap } from 'yaml';
import * as v from 'valibot';
import { issuesOf, placeOf, unknownKey } from './structure-issues.ts';

/** The meaning of a raw value, or its problem. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** A raw value: text from `with:`, text or nested data from the configuration file (whose scalars stay text). */
export type Raw = string | readonly Raw[] | { readonly [key: string]: Raw };

/** Terraform's word for a value that is left out, which YAML has too. */
export function isNull(raw: Raw | undefined): boolean {
  return typeof raw === 'string' && raw.trim() === 'null';
}

function isBlank(raw: Raw): boolean {
  return typeof raw === 'string' && (raw.trim() === '' || isNull(raw));
}

export interface Parser<T> {
  /** For the docs: `integer`, `list of CIDR blocks`. */
  readonly kind: string;
  /** What is allowed, in words: ends the error message. */
  readonly allowed: string;
  /** Known values, for suggestions. */
  readonly choices?: readonly string[];
  /** Words of other tools for some of them, in lower case. */
  readonly otherWords?: Readonly<Record<string, string>>;
  /** The schema of nested data, for the docs. */
  readonly schema?: object;
  parse(raw: Raw): Parsed<T>;
}

/**
 * Whether a value is left out. An empty text is, as GitHub passes it for an input that is not set; where the input is a
 * list or a map, it is an empty one. A secret is taken as it is.
 */
export function isLeftOut(raw: Raw, parser: Parser<unknown>): boolean {
  if (isNull(raw)) return true;
  if (!isBlank(raw) || parser.kind === 'secret') return false;
  const empty = parser.parse('');
  return !empty.ok || typeof empty.value !== 'object';
}

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (why: string): Parsed<never> => ({ ok: false, why });

export function text(rule?: { readonly pattern: RegExp; readonly allowed: string }): Parser<string> {
  const allowed = rule?.allowed ?? 'text on one line';
  return {
    kind: 'text',
    allowed,
    parse: raw => {
      if (typeof raw !== 'string') return bad('is not plain text');
      const value = raw.trim();
      if (/[\r\n\0]/.test(value)) return bad('holds a line break');
      return rule === undefined || rule.pattern.test(value) ? good(value) : bad('is not of the allowed form');
    }
  };
}

/**
 * A password or token: any text, kept exactly as given. A secret from which others are derived has a minimum length.
 */
export function secret(leastLength = 0): Parser<string> {
  return {
    kind: 'secret',
    allowed: `a secret${leastLength === 0 ? '' : ` of ${leastLength} characters or more`}, such as \`\${{ secrets.DATABASE_PASSWORD }}\``,
    parse: raw => {
      if (typeof raw !== 'string') return bad('is not plain text');
      return raw.length < leastLength ? bad('is too short to be safe') : good(raw);
    }
  };
}

/** An address that is a secret itself: everyone who knows it may write there. */
export function webhook(): Parser<string> {
  return {
    kind: 'secret',
    allowed: 'an address that begins with `https://`, such as `${{ secrets.DRIFT_WEBHOOK }}`',
    parse: raw => {
      const given = typeof raw === 'string' ? raw.trim() : '';
      return URL.canParse(given) && new URL(given).protocol === 'https:' ? good(given) : bad('is not an https address');
    }
  };
}

export function choice<const C extends string>(...choices: readonly C[]): Parser<C> {
  return {
    kind: 'choice',
    allowed: choices.map(one => `\`${one}\``).join(', '),
    choices,
    parse: raw => {
      const found = choices.find(one => one === (typeof raw === 'string' ? raw.trim() : raw));
      return found === undefined ? bad('is not one of them') : good(found);
    }
  };
}

/** Words of other tools, each with the choice that it means. */
export function wordsFor(meanings: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(meanings).flatMap(([meant, words]) => words.map(word => [word, meant])));
}

const TRUTHS = wordsFor({
  true: ['yes', 'y', 'on', '1', 'enable', 'enabled'],
  false: ['no', 'n', 'off', '0', 'disable', 'disabled', 'none']
});

export function boolean(): Parser<boolean> {
  return {
    kind: 'boolean',
    allowed: '`true` or `false`',
    choices: ['true', 'false'],
    otherWords: TRUTHS,
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
      if (value === 'true') return good(true);
      return value === 'false' ? good(false) : bad('is neither');
    }
  };
}

/** `true`: while this step runs; `job`: until the job ends. */
export function runnerAccess(): Parser<false | 'step' | 'job'> {
  return {
    kind: 'choice',
    allowed: '`true`, `job` or `false`',
    choices: ['true', 'job', 'false'],
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
      if (value === 'true') return good('step');
      if (value === 'job') return good('job');
      return value === 'false' ? good(false) : bad('is none of them');
    }
  };
}

/** One IPv4 address of a host, in its usual spelling. */
export function ipv4Address(): Parser<string> {
  return {
    kind: 'IPv4 address',
    allowed: 'one IPv4 address, such as `203.0.113.7`',
    parse: raw => {
      const value = (typeof raw === 'string' ? raw.trim() : '').replace(/\/32$/, '');
      if (ipaddr.IPv6.isValid(value)) return bad('is an IPv6 address, which firewalls of most clouds do not take');
      if (!ipaddr.IPv4.isValidFourPartDecimal(value)) return bad('is not an IPv4 address');
      const parsed = ipaddr.IPv4.parse(value);
      const isHost = !['broadcast', 'multicast'].includes(parsed.range()) && parsed.octets[0] !== 0;
      return isHost ? good(parsed.toString()) : bad('is not the address of a host');
    }
  };
}

/** An address on the web: `https`, or any on this machine itself. */
export function service(): Parser<string> {
  return {
    kind: 'address',
    allowed: 'an address that begins with `https://`',
    parse: raw => {
      const given = typeof raw === 'string' ? raw.trim() : '';
      if (!URL.canParse(given)) return bad('is not an address');
      const { protocol, hostname, username } = new URL(given);
      const isLocal = protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
      return (protocol === 'https:' || isLocal) && username === '' ? good(given) : bad('is not an https address');
    }
  };
}

/** A boolean, or the name of the one thing that is meant: a name allows less than `true`. */
export function booleanOrName(): Parser<boolean | string> {
  const name = text({ pattern: /^[A-Za-z][A-Za-z0-9-]{0,97}$/, allowed: 'a name' });
  return {
    kind: 'boolean or name',
    allowed: '`true`, `false`, or the `name` of the database',
    parse: raw => {
      const parsed = boolean().parse(raw);
      return parsed.ok ? parsed : name.parse(raw);
    }
  };
}

export function integer(min: number, max: number): Parser<number> {
  return {
    kind: 'integer',
    allowed: `a whole number from ${min} to ${max}`,
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim() : '';
      if (!/^-?\d+$/.test(value)) return bad('is not a whole number');
      const number = Number(value);
      return number >= min && number <= max ? good(number) : bad('is out of range');
    }
  };
}

/** Text of several lines, with a maximum length. */
export function markdown(most: number): Parser<string> {
  return {
    kind: 'text',
    allowed: `Markdown of up to ${most} characters`,
    parse: raw => {
      if (typeof raw !== 'string') return bad('is not plain text');
      return raw.trim().length <= most ? good(raw.trim()) : bad('is too long');
    }
  };
}

/** Whether an item of a list may hold a comma itself, as a pattern of files may. */
export interface ListRule {
  readonly holdsCommas: boolean;
}

/** Items one a line, separated by commas where no item can hold one, or as a JSON or YAML list. */
export function list<T>(item: Parser<T>, { holdsCommas }: ListRule = { holdsCommas: false }): Parser<readonly T[]> {
  return {
    kind: `list (${item.kind})`,
    allowed: `one item a line${holdsCommas ? '' : ' or separated by commas'}, or a JSON or YAML list; each ${item.allowed}`,
    parse: raw => {
      const items = asList(raw, holdsCommas);
      if (!items.ok) return items;
      const values: T[] = [];
      for (const one of items.value) {
        if (isBlank(one)) return bad('has an empty item');
        const parsed = item.parse(one);
        if (!parsed.ok) return bad(`has an item that ${parsed.why}: ${brief(one)}`);
        values.push(parsed.value);
      }
      return good(distinct(values));
    }
  };
}

/** An item that is listed twice counts once. */
function distinct<T>(values: readonly T[]): readonly T[] {
  const known = new Set<string>();
  return values.filter(value => {
    const spelled = JSON.stringify(value);
    return known.size < known.add(spelled).size;
  });
}

/** `key: value` lines, JSON or YAML; keys and values are text. */
export function map(): Parser<Readonly<Record<string, string>>> {
  return {
    kind: 'map',
    allowed: '`key: value` lines, or a JSON or YAML map of plain values',
    parse: raw => {
      const data = asData(raw);
      if (!data.ok) return data;
      return asMap(data.value);
    }
  };
}

const PARAMETER_KEYS = ['name', 'value', 'apply_method'] as const;

/** As Terraform spells them. */
const APPLY_METHODS: readonly string[] = ['immediate', 'pending-reboot'];

/**
 * As `map`, and the module's list of `{name, value}`. An entry may have Terraform's `apply_method`, which decides
 * nothing here: whether a parameter needs a restart is known of each, and `allow_restart` says when.
 */
export function parameters(): Parser<Readonly<Record<string, string>>> {
  return {
    kind: 'parameters',
    allowed: '`name: value` lines, a JSON or YAML map, or a list of `{name, value}`',
    parse: raw => {
      const data = asData(raw);
      if (!data.ok) return data;
      if (!Array.isArray(data.value)) return asMap(data.value);
      const values: Record<string, string> = {};
      for (const [at, entry] of (data.value as readonly Raw[]).entries()) {
        const pair = typeof entry === 'object' && !Array.isArray(entry) ? (entry as Readonly<Record<string, Raw>>) : {};
        const { name, value, apply_method: method = 'immediate', ...others } = pair;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined) return bad(`${placeOf([at])}: ${unknownKey(unknown, PARAMETER_KEYS)}`);
        if (isNull(value)) continue;
        if (typeof name !== 'string' || typeof value !== 'string')
          return bad(`has an entry without name and value: ${brief(entry)}`);
        if (typeof method !== 'string' || !APPLY_METHODS.includes(method))
          return bad(`${placeOf([at, 'apply_method'])}: is not one of ${APPLY_METHODS.join(', ')}`);
        if (name in values) return bad(`names ${name} twice`);
        values[name] = value;
      }
      return good(values);
    }
  };
}

/** Nested data checked by a schema, which also words the problems. `prepare` brings other spellings to the schema's. */
export function structure<S extends v.GenericSchema>(
  schema: S,
  kind: string,
  allowed: string,
  prepare: (data: Raw) => Raw = data => data
): Parser<v.InferOutput<S>> {
  return {
    kind,
    allowed,
    schema,
    parse: raw => {
      const data = asData(raw);
      if (!data.ok) return data;
      const value = prepare(withoutNulls(data.value));
      // A list has keys too, which the library takes for those of a map.
      if (Array.isArray(value) && ['record', 'strict_object'].includes(schema.type)) return bad('is not a map');
      const lost = lostKey(value);
      if (lost !== undefined) return bad(`\`${lost}\` can't be a name in it`);
      const result = v.safeParse(schema, value);
      return result.success ? good(result.output) : bad(issuesOf(result.issues, schema));
    }
  };
}

/** Objects of a list, without the attributes that Terraform writes as null. */
function withoutNulls(data: Raw): Raw {
  if (!Array.isArray(data)) return data;
  return (data as readonly Raw[]).map(item =>
    typeof item !== 'object' || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).filter(([, value]) => !isNull(value)))
  );
}

/** The library leaves out keys that objects of JavaScript have from birth, and says nothing. */
const LOST_KEYS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

function lostKey(data: Raw): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  for (const [key, value] of Object.entries(data)) {
    const lost = !Array.isArray(data) && LOST_KEYS.has(key) ? key : lostKey(value);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

/** An IPv4 or IPv6 network in CIDR notation; a bare address is taken as a network of one. Canonical spelling. */
export function cidr(): Parser<string> {
  return {
    kind: 'CIDR block',
    allowed: 'a network such as `10.0.0.0/16`',
    parse: raw => {
      const [host = '', prefix, ...others] = (typeof raw === 'string' ? raw.trim() : '').split('/');
      const isV4 = ipaddr.IPv4.isValidFourPartDecimal(host);
      if (others.length > 0 || (!isV4 && !ipaddr.IPv6.isValid(host))) return bad('is not an IP network');
      const address = ipaddr.parse(host);
      const length = prefix === undefined ? (isV4 ? 32 : 128) : /^\d{1,3}$/.test(prefix) ? Number(prefix) : 999;
      const network = `${address.toString()}/${length}`;
      if (!ipaddr.isValidCIDR(network)) return bad('is not an IP network');
      const first = isV4 ? ipaddr.IPv4.networkAddressFromCIDR(network) : ipaddr.IPv6.networkAddressFromCIDR(network);
      if (first.toString() !== address.toString())
        return bad(`has host bits set (the network is ${first.toString()}/${length})`);
      return good(network);
    }
  };
}

/** `72h`, `3d`, `90m` as whole minutes. */
export function duration(): Parser<number> {
  const minutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };
  return {
    kind: 'duration',
    allowed: 'a duration such as `90m`, `72h` or `3d`',
    parse: raw => {
      const match = /^(\d{1,5})\s*([mhd])$/.exec(typeof raw === 'string' ? raw.trim() : '');
      const unit = minutes[match?.[2] ?? ''];
      if (match === null || unit === undefined || Number(match[1]) === 0) return bad('is not a duration');
      return good(Number(match[1]) * unit);
    }
  };
}

/** SQL as a text, or the files that hold it: lines that each end in `.sql` and begin no statement. */
export function sql(): Parser<
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'files'; readonly patterns: readonly string[] }
> {
  return {
    kind: 'SQL, or a list of files',
    allowed: 'SQL, or one file or glob pattern that ends in `.sql` a line',
    parse: raw => {
      const given = Array.isArray(raw) ? raw : typeof raw === 'string' ? raw.split('\n') : [];
      if (!given.every(line => typeof line === 'string')) return bad('is neither SQL nor a list of files');
      const lines = given.map(line => line.trim()).filter(line => line !== '');
      if (lines.length === 0 || lines.some(line => line.includes('\0'))) return bad('holds no SQL');
      if (lines.every(line => /^\S+\.sql$/.test(line))) return good({ kind: 'files', patterns: lines });
      return typeof raw === 'string' ? good({ kind: 'text', text: raw }) : bad('is a list of what is not files');
    }
  };
}

const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 with a time zone, or `latest`. */
export function moment(): Parser<string> {
  return {
    kind: 'time',
    allowed: 'a time such as `2026-11-22T03:00:00Z`, or `latest`',
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim() : '';
      if (value === 'latest') return good(value);
      const [, day] = TIME.exec(value) ?? [];
      const time = day === undefined ? Number.NaN : Date.parse(value);
      if (day === undefined || Number.isNaN(time)) return bad('is not a time');
      // To Date, 31 November is 1 December.
      const isDay = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
      return isDay ? good(new Date(time).toISOString()) : bad('has a day that no month has');
    }
  };
}

/** Other spellings of YAML's null. */
const NULLS: ReadonlySet<unknown> = new Set(['~', 'Null', 'NULL']);

/** YAML whose scalars stay text, so that `16.10` is not a number and `on` is not a boolean. */
export function parseData(source: string): Parsed<Raw> {
  try {
    // The library compares each key of a map with every other one: thousands of them take minutes.
    const document = parseDocument(source, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
    const [wrong] = document.errors;
    if (wrong !== undefined) throw wrong;
    if (entriesIn(document) > MOST_ENTRIES) return bad(`holds more than the limit of ${MOST_ENTRIES} entries`);
    visit(document, {
      Map: (_key, node) => refuseTwice(node),
      Scalar: (key, node) => {
        if (key !== 'key' && node.type === 'PLAIN' && NULLS.has(node.value)) node.value = 'null';
      }
    });
    // A text of comments alone is a document without a value.
    return good((document.toJS() ?? '') as Raw);
  } catch (error) {
    const nothing = error instanceof ReferenceError && /^Unresolved alias .*: (.*)$/.exec(error.message)?.[1];
    if (typeof nothing === 'string')
      return bad(`is not valid YAML or JSON: nothing is named \`${nothing}\`; put the value \`*${nothing}\` in quotes`);
    // Such as more aliases than the parser follows.
    if (!(error instanceof YAMLParseError) || error.code === 'RESOURCE_EXHAUSTION')
      return bad('is not valid YAML or JSON: too deep, or too many aliases');
    const line = source.slice(0, error.pos[0]).split('\n').length;
    const way = QUOTES.has(error.code) ? '; put that value in quotes' : '';
    return bad(`is not valid YAML or JSON (line ${line}: ${error.message}${way})`);
  }
}

/** Errors at a character that begins a value and means something else in YAML. */
const QUOTES: ReadonlySet<string> = new Set(['BAD_ALIAS', 'BAD_SCALAR_START']);

/** Of all maps and lists of one text. The largest real ones have a few hundred. */
const MOST_ENTRIES = 10_000;

function entriesIn(document: Document): number {
  let entries = 0;
  visit(document, {
    Collection: (_key, { items }) => {
      entries += items.length;
    }
  });
  return entries;
}

function refuseTwice({ items }: YAMLMap): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const [from, to] = key.range ?? [0, 0];
    if (seen.has(name)) throw new YAMLParseError([from, to], 'DUPLICATE_KEY', 'Map keys must be unique');
    seen.add(name);
  }
}

function asData(raw: Raw): Parsed<Raw> {
  return typeof raw === 'string' ? parseData(raw) : good(raw);
}

function asList(raw: Raw, holdsCommas: boolean): Parsed<readonly Raw[]> {
  if (typeof raw !== 'string') return Array.isArray(raw) ? good(raw as readonly Raw[]) : bad('is not a list');
  const source = raw.trim();
  if (source === '') return good([]);
  if (!/^(\[|- )/.test(source)) {
    const lines = trimmed(source.split('\n'));
    if (!holdsCommas) return good(trimmed(lines.flatMap(line => line.split(','))));
    // A pattern such as `{a,b}.sql` is one item.
    const ambiguous = lines.find(line => line.replaceAll(/\{[^}]*\}/g, '').includes(','));
    if (ambiguous === undefined) return good(lines);
    const why = 'has a comma, which an item may hold: write one item a line, or a YAML list for an item with a comma';
    return bad(`${why}: ${brief(ambiguous)}`);
  }
  const data = parseData(source);
  if (!data.ok) return data;
  return Array.isArray(data.value) ? good(data.value as readonly Raw[]) : bad('is not a list');
}

function trimmed(texts: readonly string[]): readonly string[] {
  return texts.map(one => one.trim()).filter(one => one !== '');
}

function asMap(data: Raw): Parsed<Readonly<Record<string, string>>> {
  if (data === '' || data === null) return good({});
  if (typeof data !== 'object' || Array.isArray(data)) return bad('is not a map');
  const values = Object.entries(data).filter(([, value]) => !isNull(value));
  for (const [key, value] of values) {
    if (key.trim() === '') return bad('has an entry without a key');
    if (typeof value !== 'string') return bad(`has no plain value for ${key}`);
  }
  return good(Object.fromEntries(values) as Readonly<Record<string, string>>);
}

function brief(raw: Raw): string {
  const shown = typeof raw === 'string' ? raw : JSON.stringify(raw);
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}…` : shown);
}
