import { ownership, type Ownership, type Target } from '../../../engine/ownership.ts';
import type { Field } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import type { Mark } from '../../../engine/ownership.ts';
import { isOurs, keysOfMark, markOf, PREFIX, type Tags } from '../../mark-tags.ts';

export {
  markOf,
  markTags,
  PASSWORD_VERSION,
  tagsDropped,
  tagsIn,
  UNFINISHED,
  versionTag,
  type Tags
} from '../../mark-tags.ts';

/** The user's tags, on every resource that has tags. */
export const TAG_FIELD = { api: 'Tags', input: 'tags', impact: 'online' } as const satisfies Field;

/** A tag as RDS, EC2, IAM, Secrets Manager and CloudWatch spell it. Logs has a plain map. */
export interface Tag {
  Key: string;
  Value: string;
}

/** The parts that were created for this database, so that a destroy whose inputs name none of them finds them. */
export const PARTS = `${PREFIX}parts`;
/** On a snapshot: when `command: snapshot` may delete it. */
export const KEEP_UNTIL = `${PREFIX}keep-until`;
/** The storage in GiB that the workflow last asked for: storage that is larger has grown by itself. */
export const STORAGE = `${PREFIX}storage`;

/** On a read replica: its identifier, which tags that were copied to another instance do not name. */
export const REPLICA_ID = `${PREFIX}replica`;

/** On the secret of a role: another value for each password that is not asked for by `password_version`. */
export const SECRET_ID = `${PREFIX}secret-id`;

/** The keys of a mark's tags, on the server with those that later runs read. */
export function markKeys(mark: Mark): readonly string[] {
  return [...keysOfMark(mark), PARTS, STORAGE, REPLICA_ID];
}

export function ownershipOf(tags: Tags, target: Target): Ownership {
  return ownership(markOf(tags), target);
}

/** The user's own tags as fields of a resource, without those of AWS and of this action. */
export function tagFields(tags: Tags): Readonly<Record<`tags.${string}`, Value>> {
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([key]) => !isReserved(key))
      .map(([key, value]) => [`tags.${key}`, value])
  );
}

/** Keys that a workflow can't set: AWS's own, RDS's own and ours. */
export function isReserved(key: string): boolean {
  return isOurs(key) || /^(aws|rds):/i.test(key);
}

export function toList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, value]) => ({ Key, Value: value }));
}

export function fromList(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
): Tags {
  return Object.fromEntries((list ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}
