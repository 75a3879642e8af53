import { createHash } from 'node:crypto';
import type { Mark } from './ownership.ts';
import type { Plan } from './plan.ts';
import type { Desired, Observed } from './resource.ts';

const PREFIX = 'tags.';
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
/** Of 5 bits each: two of fifty keys are one in a million runs. */
const CHARACTERS = 6;

/** A tag's key as a mark keeps it: 6 characters of `a-z2-7`, which every cloud accepts. */
export function tagHash(key: string): string {
  const bytes = createHash('sha256').update(key).digest();
  return Array.from({ length: CHARACTERS }, (_, at) => ALPHABET[(bytes[at] ?? 0) % ALPHABET.length]).join('');
}

/** Joins several of them to one text, and splits it again. */
export function joinHashes(hashes: readonly string[]): string {
  return hashes.join('');
}

export function splitHashes(text: string): readonly string[] {
  return text.match(new RegExp(`[a-z2-7]{${CHARACTERS}}`, 'g')) ?? [];
}

/** Resources without tags of their own that a mark remembers by their address: nothing else tells whose they are. */
const REMEMBERED: readonly string[] = ['database', 'user', 'administrator'];

/** Resources that a run looks for only where the mark of the server says that there are some. */
const REMEMBERED_TYPES: readonly string[] = ['role-secret'];

/** Whether the mark says that there are resources of such a type. */
export function remembersType(mark: Pick<Mark, 'ownTags'> | undefined, type: string): boolean {
  return mark?.ownTags?.includes(tagHash(type)) === true;
}

/** A replica that carries no mark of its own, and that the mark of the server remembers by its title once adopted. */
export function isRemembered(mark: Pick<Mark, 'ownTags'> | undefined, title: string): boolean {
  return mark?.ownTags?.includes(tagHash(title)) === true;
}

/** Among the own tags of a server that was adopted with a password that this workflow has never sent. */
const PASSWORD_NOT_SENT = tagHash('password/not-sent');

/** Whether the mark says so. */
export function isPasswordNotSent(mark: Pick<Mark, 'ownTags'> | undefined): boolean {
  return mark?.ownTags?.includes(PASSWORD_NOT_SENT) === true;
}

/** Whether the live password is one that this workflow has not sent: of an adopted server, until a change sends it. */
export function leavesPasswordUnsent({ steps, lastApplied }: Pick<Plan, 'steps' | 'lastApplied'>): boolean {
  const isAdopted = steps.some(({ type, action, intended }) => type === 'server' && (intended ?? action) === 'adopt');
  const isSent = steps.some(({ changes }) =>
    changes.some(({ field }) => field === 'master_password_version' || field === 'master_password')
  );
  return !isSent && (isAdopted || isPasswordNotSent(lastApplied));
}

/** The own tags with that memory. */
export function rememberPassword(
  ownTags: readonly string[],
  plan: Pick<Plan, 'steps' | 'lastApplied'>
): readonly string[] {
  const others = ownTags.filter(one => one !== PASSWORD_NOT_SENT);
  return leavesPasswordUnsent(plan) ? [...others, PASSWORD_NOT_SENT].sort() : others;
}

/**
 * What a mark remembers as this workflow's own once it is applied. The tags that it lists, and when no input lists tags
 * now, those of the last apply, which stay. The databases, users and administrators that it asks for, and those that it
 * made earlier and still has. The replicas that it adopts: not every cloud can mark them.
 */
export function ownTagsOf(
  desired: readonly Desired[],
  lastApplied: Mark | undefined,
  observed: readonly (Pick<Observed, 'address' | 'type' | 'ownership'> & { readonly title?: string })[] = []
): readonly string[] {
  const present = desired.filter(({ presence }) => presence === 'present');
  const listed = present.flatMap(({ fields }) =>
    Object.keys(fields).flatMap(field => (field.startsWith(PREFIX) ? [tagHash(field.slice(PREFIX.length))] : []))
  );
  const isListed = present.some(({ complete }) => complete?.includes('tags'));
  const ours = observed.filter(({ ownership }) => ownership.kind === 'ours');
  const children = [...present, ...ours].flatMap(({ type, address }) =>
    REMEMBERED.includes(type) ? [tagHash(address)] : REMEMBERED_TYPES.includes(type) ? [tagHash(type)] : []
  );
  const adopted = observed.flatMap(({ type, address, title = '', ownership }) =>
    type === 'replica' &&
    present.some(one => one.address === address) &&
    (ownership.kind === 'unmarked' || isRemembered(lastApplied, title))
      ? [tagHash(title)]
      : []
  );
  const all = [...listed, ...(isListed ? [] : (lastApplied?.ownTags ?? [])), ...children, ...adopted];
  return [...new Set(all)].sort();
}

/**
 * Whether a live member of a completely listed map may be removed: of the tags only those that this workflow has set.
 */
export function mayRemove(member: string, lastApplied: Mark | undefined): boolean {
  return !member.startsWith(PREFIX) || lastApplied?.ownTags?.includes(tagHash(member.slice(PREFIX.length))) === true;
}
