import { defined } from '../engine/defined.ts';
import type { SqlObjectOptions } from '../sql-objects/open-objects.ts';
import { withSqlObjects } from '../sql-objects/session.ts';
import type { Provider, Session, Setup } from '../providers/provider.ts';
import { baseServer, openBase } from './base.ts';
import { openDatabase } from './database-session.ts';
import type { Ephemeral } from './ephemeral.ts';
import { sourceSpec } from './ephemeral-spec.ts';
import { requireOwn } from './require-own.ts';

/** A number that no pull request has: the session can then only list servers. */
const NO_PULL_REQUEST = 0;

/**
 * Opens what a run for a pull request works with. `setup.spec` is the one that `specFor` gave. Throws what the provider
 * and `openBase` throw.
 */
export async function openEphemeral(
  provider: Provider,
  setup: Setup,
  ephemeral: Ephemeral,
  objects: SqlObjectOptions
): Promise<Session> {
  const { kind, baseName, pullRequest = NO_PULL_REQUEST, most } = ephemeral;
  if (kind === 'database') return openDatabase(await openBase(provider, setup), setup, { pullRequest, most });
  const owner = defined({ ...setup.owner, pullRequest: ephemeral.pullRequest });
  return {
    ...guarded(withSqlObjects(await provider.open({ ...setup, owner }), setup, objects), baseName),
    base: async () => {
      const base = await openBase(provider, { ...setup, spec: sourceSpec(setup.spec, baseName) });
      try {
        return baseServer(base, async () => base.session.close());
      } catch (thrown) {
        await base.session.close();
        throw thrown;
      }
    }
  };
}

/** Returns a server only after checking its owner once more. */
function guarded(session: Session, baseName: string): Session {
  return {
    ...session,
    outputs: async observed => {
      const found = await session.outputs(observed);
      if (found === undefined) return undefined;
      const [main] = await session.observeForOutputs();
      const ownership = main?.ownership;
      const expiresAt = requireOwn({
        target: session.target,
        marks: [ownership === undefined || ownership.kind === 'unmarked' ? undefined : ownership.mark],
        own: session.target.name,
        base: baseName
      });
      return defined({ ...found, expiresAt });
    }
  };
}
