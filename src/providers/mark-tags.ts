import { defined } from '../engine/defined.ts';
import { joinHashes, splitHashes } from '../engine/own-tags.ts';
import type { Mark, Repository } from '../engine/ownership.ts';
import type { Value } from '../engine/value.ts';

/** Tags of a cloud whose keys may hold a colon and whose values may be any text. */
export type Tags = Readonly<Record<string, string>>;

/** Every key of ours begins with it. */
export const PREFIX = 'pgkeep:';
/** The version of the master password that was set last: the cloud itself shows no password. */
export const PASSWORD_VERSION = `${PREFIX}password-version`;
/** On unfinished servers. Its name is the password's: no cloud sets one in the call that restores a server. */
export const UNFINISHED = `${PREFIX}password`;
const PROMOTED_FROM = `${PREFIX}promoted-from`;
const PROMOTED_TO = `${PREFIX}promoted-to`;
/** For people and for tag policies. */
const MANAGED_BY = 'managed-by';

/** Whether a key is one of ours, which a workflow can't set. */
export function isOurs(key: string): boolean {
  return key === MANAGED_BY || key.startsWith(PREFIX);
}

/** Whether a key is that of a promotion, which a later mark may not have any more. */
export function isOfPromotion(key: string): boolean {
  return key === PROMOTED_FROM || key === PROMOTED_TO;
}

/** A mark as tags: few clouds allow JSON in a tag's value, so every member has a key of its own. */
export function markTags(mark: Mark): Tags {
  return defined<Readonly<Record<string, string | undefined>>>({
    [MANAGED_BY]: 'pgkeep',
    [`${PREFIX}repository`]: mark.repository,
    [`${PREFIX}name`]: mark.name,
    [`${PREFIX}environment`]: mark.environment === '' ? undefined : mark.environment,
    [`${PREFIX}pull-request`]: mark.pullRequest?.toString(),
    [`${PREFIX}expires-at`]: mark.expiresAt,
    [`${PREFIX}run`]: mark.run,
    [`${PREFIX}masked`]: mark.masked,
    [`${PREFIX}applied`]: mark.applied,
    [`${PREFIX}origin`]: mark.repositoryId && originOf(mark),
    [`${PREFIX}own-tags`]: mark.ownTags && ownTagsText(mark.ownTags),
    [UNFINISHED]: mark.unfinished && 'pending',
    [PROMOTED_FROM]: mark.promotedFrom,
    [PROMOTED_TO]: mark.promotedTo,
    [`${PREFIX}operated`]: mark.operated
  });
}

/** Keys of the tags that a mark is written in, with those that go with it. */
export function keysOfMark(mark: Mark): readonly string[] {
  return [...Object.keys(markTags(mark)), PASSWORD_VERSION];
}

/** The mark that tags hold; `undefined` when they hold none, or half of one. */
export function markOf(tags: Tags): Mark | undefined {
  const repository = tags[`${PREFIX}repository`];
  const name = tags[`${PREFIX}name`];
  if (repository === undefined || name === undefined) return undefined;
  const pullRequest = tags[`${PREFIX}pull-request`];
  const expiresAt = tags[`${PREFIX}expires-at`];
  const run = tags[`${PREFIX}run`];
  const masked = tags[`${PREFIX}masked`];
  const applied = tags[`${PREFIX}applied`];
  const origin = tags[`${PREFIX}origin`];
  const ownTags = tags[`${PREFIX}own-tags`];
  return defined({
    version: origin === undefined && ownTags === undefined ? (1 as const) : (2 as const),
    repository,
    ...readOrigin(origin),
    name,
    environment: tags[`${PREFIX}environment`] ?? '',
    pullRequest: pullRequest === undefined ? undefined : Number(pullRequest),
    expiresAt,
    run,
    masked,
    applied,
    ownTags: ownTags === undefined ? undefined : splitHashes(ownTags),
    unfinished: tags[UNFINISHED] === undefined ? undefined : (true as const),
    promotedFrom: tags[PROMOTED_FROM],
    promotedTo: tags[PROMOTED_TO],
    operated: tags[`${PREFIX}operated`]
  });
}

/** Id and server of a repository in one value: `123456@github.com`. */
export function originOf({ repositoryId = '', host = '' }: Repository): string {
  return host === '' ? repositoryId : `${repositoryId}@${host}`;
}

/** The argument of `originOf`; `undefined` for text that it never returns. */
export function readOrigin(text: string | undefined): Pick<Repository, 'repositoryId' | 'host'> {
  const [, repositoryId, host] = /^(\d+)(?:@(.+))?$/.exec(text ?? '') ?? [];
  return defined({ repositoryId, host });
}

/** Characters that a value of a tag may have, on the strictest cloud that has no labels. */
const LONGEST_VALUE = 256;

/** Keys of own tags in one value. Beyond 42 they are not remembered, and then never removed. */
export function ownTagsText(hashes: readonly string[]): string {
  const text = joinHashes(hashes);
  return text === '' ? '-' : text.slice(0, LONGEST_VALUE - (LONGEST_VALUE % 6));
}

/** The version of the master password among the values after a step, as a tag. */
export function versionTag({ master_password_version: version }: Readonly<Record<string, Value>>): Tags {
  return typeof version === 'string' ? { [PASSWORD_VERSION]: version } : {};
}

/** The tags among the values after a step. */
export function tagsIn(values: Readonly<Record<string, Value>>): Tags {
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      field.startsWith('tags.') && typeof value === 'string' ? [[field.slice('tags.'.length), value]] : []
    )
  );
}

/** The tags that a step removes. */
export function tagsDropped(values: Readonly<Record<string, Value>>): readonly string[] {
  return Object.entries(values).flatMap(([field, value]) =>
    field.startsWith('tags.') && value === null ? [field.slice('tags.'.length)] : []
  );
}
