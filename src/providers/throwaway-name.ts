import { createHash } from 'node:crypto';

const SERVER_NAME_LENGTH = 50;

/** A name with an ending. One that would be longer than every cloud takes is cut, with a hash of the whole. */
export function withSuffix(name: string, suffix: string): string {
  if (name.length + suffix.length <= SERVER_NAME_LENGTH) return `${name}${suffix}`;
  const hash = `-${shortHash(name)}`;
  const head = name.slice(0, SERVER_NAME_LENGTH - suffix.length - hash.length).replace(/-+$/, '');
  return `${head}${hash}${suffix}`;
}

/** Eight characters that distinguish texts. */
export function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

/**
 * The name of a throwaway server: `orders-rc-3f9a0c1e`. Each restore check has its own: Cloud SQL gives a name that was
 * deleted to no one for a week.
 */
export function throwawayName(name: string, run: string, began: Date): string {
  return withSuffix(name, `-rc-${shortHash(run, began.toISOString())}`);
}

/** Whether a name is one that `throwawayName` gives, for this server or for any. */
export function isThrowawayName(name: string, server?: string): boolean {
  const suffix = /-rc-[0-9a-f]{8}$/.exec(name)?.[0];
  return suffix !== undefined && (server === undefined || withSuffix(server, suffix) === name);
}

/** The number of the pull request whose server of this name is a copy of another: `orders-pr-7` of `orders`. */
export function pullRequestOfCopy(name: string, source: string): number | undefined {
  const [suffix, number] = /-pr-([1-9]\d{0,8})$/.exec(name) ?? [];
  return suffix !== undefined && withSuffix(source, suffix) === name ? Number(number) : undefined;
}
