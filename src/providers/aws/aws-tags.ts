import { ownership, type Mark, type Ownership, type Target } from '../../engine/ownership.ts';
import type { Value } from '../../engine/value.ts';

/** A tag as RDS, EC2, IAM, Secrets Manager and CloudWatch spell it. Logs has a plain map. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export type Tags = Readonly<Record<string, string>>;

/** All keys of ours begin so; `managed-by` is for people and for policies. */
const PREFIX = 'pgkeep:';
const MANAGED_BY = 'managed-by';

/** Says, beside the mark, which kinds of things were made for this database, so that a destroy that names none of them finds them. */
export const PARTS = `${PREFIX}parts`;
/** On a restored instance until its master password was set: RDS can't do it in the call that restores. */
export const PASSWORD = `${PREFIX}password`;

/** A mark as tags: JSON is not allowed in a tag's value, so every member has a key of its own. */
export function markTags(mark: Mark): Tags {
  return {
    [MANAGED_BY]: 'pgkeep',
    [`${PREFIX}repository`]: mark.repository,
    [`${PREFIX}name`]: mark.name,
    ...(mark.environment === '' ? {} : { [`${PREFIX}environment`]: mark.environment }),
    ...(mark.pullRequest === undefined ? {} : { [`${PREFIX}pull-request`]: String(mark.pullRequest) }),
    ...(mark.expiresAt === undefined ? {} : { [`${PREFIX}expires-at`]: mark.expiresAt }),
    ...(mark.run === undefined ? {} : { [`${PREFIX}run`]: mark.run }),
    ...(mark.applied === undefined ? {} : { [`${PREFIX}applied`]: mark.applied })
  };
}

export function markOf(tags: Tags): Mark | undefined {
  const repository = tags[`${PREFIX}repository`];
  const name = tags[`${PREFIX}name`];
  if (repository === undefined || name === undefined) return undefined;
  const pullRequest = tags[`${PREFIX}pull-request`];
  const expiresAt = tags[`${PREFIX}expires-at`];
  const run = tags[`${PREFIX}run`];
  const applied = tags[`${PREFIX}applied`];
  return {
    version: 1,
    repository,
    name,
    environment: tags[`${PREFIX}environment`] ?? '',
    ...(pullRequest === undefined ? {} : { pullRequest: Number(pullRequest) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(run === undefined ? {} : { run }),
    ...(applied === undefined ? {} : { applied })
  };
}

export function ownershipOf(tags: Tags, target: Target): Ownership {
  return ownership(markOf(tags), target);
}

/** The user's own tags as fields of a resource. What AWS and this action keep for themselves is none of them. */
export function tagFields(tags: Tags): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([key]) => !isReserved(key))
      .map(([key, value]) => [`tags.${key}`, value])
  );
}

/** Keys that a workflow can't set: AWS's own, RDS's own and ours. */
export function isReserved(key: string): boolean {
  return key === MANAGED_BY || key.startsWith(PREFIX) || /^(aws|rds):/i.test(key);
}

/** The tags among the values a step leads to. */
export function tagsIn(values: Readonly<Record<string, Value>>): Tags {
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      field.startsWith('tags.') && typeof value === 'string' ? [[field.slice('tags.'.length), value]] : []
    )
  );
}

/** The tags that a step takes away. */
export function tagsDropped(values: Readonly<Record<string, Value>>): readonly string[] {
  return Object.entries(values).flatMap(([field, value]) =>
    field.startsWith('tags.') && value === null ? [field.slice('tags.'.length)] : []
  );
}

export function toList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, value]) => ({ Key, Value: value }));
}

export function fromList(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
): Tags {
  return Object.fromEntries((list ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}
