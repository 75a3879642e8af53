import { joinHashes, splitHashes } from '../../../engine/own-tags.ts';
import { originOf, readOrigin } from '../../mark-tags.ts';
import { ownership, type Mark, type Ownership, type Target } from '../../../engine/ownership.ts';

/** Labels of Cloud SQL: keys and values are at most 63 characters of `[a-z0-9_-]`. */
export type Labels = Readonly<Record<string, string>>;

/** Cloud SQL allows 64 labels on an instance; up to sixteen of them are the mark. */
export const LABEL_LIMIT = { most: 64, ofMark: 16 } as const;

const PREFIX = 'pgkeep-';
const MANAGED_BY = 'managed-by';
const LONGEST = 63;
const MEMBERS = [
  'repository',
  'name',
  'environment',
  'pull-request',
  'expires-at',
  'run',
  'masked',
  'applied',
  'origin',
  'own-tags',
  'unfinished',
  'promoted-from',
  'promoted-to'
] as const;
type Member = (typeof MEMBERS)[number];

const ESCAPES: Readonly<Record<string, string>> = { '/': '_s', '.': '_d', ':': '_c', _: '_u' };
const ESCAPED = Object.fromEntries(Object.entries(ESCAPES).map(([plain, escape]) => [escape, plain]));

/**
 * Text in the characters of a label, without loss: `Acme/shop.io` becomes `_kacme_sshop_dio`. May be longer than a
 * label.
 */
export function encode(text: string): string {
  return Array.from(text)
    .map(one => {
      if (/[a-z0-9-]/.test(one)) return one;
      if (/[A-Z]/.test(one)) return `_k${one.toLowerCase()}`;
      return ESCAPES[one] ?? `_x${(one.codePointAt(0) ?? 0).toString(16)}_`;
    })
    .join('');
}

/** The text that `encode` was given; `undefined` for text that it never returns. */
export function decode(text: string): string | undefined {
  let plain = '';
  for (let rest = text; rest !== '';) {
    const found = /^(?:[a-z0-9-]+|_k([a-z])|_x([0-9a-f]{1,6})_|_[sdcu])/.exec(rest);
    if (found === null) return undefined;
    const [taken, capital, point] = found;
    const code = point === undefined ? undefined : Number.parseInt(point, 16);
    if (code !== undefined && code > 0x10_ff_ff) return undefined;
    plain += capital?.toUpperCase() ?? (code === undefined ? (ESCAPED[taken] ?? taken) : String.fromCodePoint(code));
    rest = rest.slice(taken.length);
  }
  return plain;
}

/** Whether a key is reserved for this action. */
export function isOurs(key: string): boolean {
  return key === MANAGED_BY || key.startsWith(PREFIX);
}

/**
 * A mark as labels. A longer member continues in `pgkeep-<member>-2`, `-3`…. The repository is read back in lower case:
 * names on GitHub are case-insensitive.
 */
export function markLabels(mark: Mark): Labels {
  const values: Readonly<Record<Member, string>> = {
    repository: mark.repository.toLowerCase(),
    name: mark.name,
    environment: mark.environment,
    'pull-request': mark.pullRequest === undefined ? '' : String(mark.pullRequest),
    'expires-at': mark.expiresAt ?? '',
    run: mark.run ?? '',
    masked: mark.masked ?? '',
    applied: mark.applied ?? '',
    origin: mark.repositoryId === undefined ? '' : originOf(mark),
    'own-tags': mark.ownTags === undefined ? '' : joinHashes(mark.ownTags) || '-',
    unfinished: mark.unfinished === true ? 'yes' : '',
    'promoted-from': mark.promotedFrom ?? '',
    'promoted-to': mark.promotedTo ?? ''
  };
  const labels: Record<string, string> = { [MANAGED_BY]: 'pgkeep' };
  for (const member of MEMBERS) {
    const text = encode(values[member]);
    for (let at = 0; at < text.length; at += LONGEST) {
      labels[keyOf(member, at / LONGEST)] = text.slice(at, at + LONGEST);
    }
  }
  return labels;
}

/** The mark in labels; `undefined` when they hold none, or one that was cut or changed. */
export function markOf(labels: Labels): Mark | undefined {
  const read = (member: Member): string | undefined => {
    let text = '';
    for (let part = 0; ; part += 1) {
      const value = labels[keyOf(member, part)];
      if (value === undefined) return decode(text);
      text += value;
    }
  };
  const [repository, name, environment] = [read('repository'), read('name'), read('environment')];
  const [pullRequest, expiresAt, run, masked, applied, origin, ownTags] = [
    read('pull-request'),
    read('expires-at'),
    read('run'),
    read('masked'),
    read('applied'),
    read('origin'),
    read('own-tags')
  ];
  const [promotedFrom, promotedTo] = [read('promoted-from'), read('promoted-to')];
  if (!repository || !name || environment === undefined || pullRequest === undefined) return undefined;
  if (expiresAt === undefined || (pullRequest !== '' && !/^\d+$/.test(pullRequest))) return undefined;
  return {
    version: origin || ownTags ? 2 : 1,
    repository,
    ...readOrigin(origin),
    name,
    environment,
    ...(pullRequest === '' ? {} : { pullRequest: Number(pullRequest) }),
    ...(expiresAt === '' ? {} : { expiresAt }),
    ...(run ? { run } : {}),
    ...(masked ? { masked } : {}),
    ...(applied ? { applied } : {}),
    ...(ownTags ? { ownTags: splitHashes(ownTags) } : {}),
    ...(keyOf('unfinished', 0) in labels ? { unfinished: true } : {}),
    ...(promotedFrom ? { promotedFrom } : {}),
    ...(promotedTo ? { promotedTo } : {})
  };
}

/** The first label of everything that belongs to a database of this name, for a filter. */
export function nameLabel(name: string): readonly [key: string, value: string] {
  return [keyOf('name', 0), encode(name).slice(0, LONGEST)];
}

export function ownershipOf(labels: Labels, target: Target): Ownership {
  return ownership(markOf(labels), target);
}

function keyOf(member: Member, part: number): string {
  return part === 0 ? `${PREFIX}${member}` : `${PREFIX}${member}-${part + 1}`;
}

/** The tags of the inputs as labels, in the spelling of Cloud SQL. */
export function cleanLabels(tags: Labels): Labels {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [clean(key), clean(value)]));
}

/**
 * Tags that can't be labels, each with the reason: two keys that become one, a reserved key, a key that begins without
 * a letter.
 */
export function labelProblems(tags: Labels): readonly { readonly key: string; readonly why: string }[] {
  const keys = Object.keys(tags);
  return keys.flatMap((key, at) => {
    const label = clean(key);
    const twin = keys.slice(0, at).find(other => clean(other) === label);
    if (twin !== undefined) return [{ key, why: `becomes the same label as \`${twin}\`: ${label}` }];
    if (isOurs(label)) return [{ key, why: 'is reserved for this action' }];
    return /^\p{Ll}|^\p{Lo}/u.test(label) ? [] : [{ key, why: 'does not begin with a letter, as a label must' }];
  });
}

/**
 * Labels are in lower case; other characters become hyphens. https://cloud.google.com/sql/docs/postgres/label-instance
 */
function clean(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{Ll}\p{Lo}\p{N}_-]/gu, '-')
    .slice(0, LONGEST);
}
