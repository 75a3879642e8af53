import { tagHash } from '../engine/own-tags.ts';
import type { Ownership, Target } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';

/** The address of the server in every plan. */
const SERVER = 'server';

/** A mark with so many own tags may have left some out: it remembers nothing for certain. */
export const MOST_REMEMBERED = 42;

/** What a provider lists inside a server, and a destroy takes along. */
export type ChildKind = 'database' | 'user';

interface Children {
  readonly target: Target;
  readonly server: Ownership;
  readonly kind: ChildKind;
  /** Everything of the kind that is there, without what the provider makes by itself. */
  readonly names: readonly string[];
  /** The one that the inputs name, which is observed by itself. */
  readonly named: string | undefined;
}

/**
 * Databases or users that the inputs do not name. The mark remembers those that this workflow made; the others belong
 * to another owner, and stop a destroy. Empty where the mark has no such memory, and in a server that was made for a
 * pull request: all that is inside goes with it.
 */
export function childResources({ target, server, kind, names, named }: Children): readonly Observed[] {
  if (server.kind !== 'ours' || target.pullRequest !== undefined) return [];
  const { mark } = server;
  const known = mark.ownTags;
  if (known === undefined || known.length >= MOST_REMEMBERED) return [];
  return names
    .filter(name => name !== named)
    .map(name => {
      const own = `${kind}/${name}`;
      const isOwn = known.includes(tagHash(own));
      return {
        address: isOwn ? own : `${kind}-of-others/${name}`,
        type: kind,
        title: `${kind} ${name}`,
        ownership: isOwn ? server : { kind: 'unmarked' },
        fields: {},
        facts: { name },
        deletedWith: SERVER,
        dependsOn: [SERVER],
        concurrencyGroup: SERVER
      };
    });
}
