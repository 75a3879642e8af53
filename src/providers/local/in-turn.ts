import type { ResourceType } from '../../engine/resource.ts';
import { withLock } from './cluster/lock.ts';
import type { LocalContext } from './context.ts';

/**
 * A resource whose mutations take a lock: two steps of a job may work on one name at once. The live state is read again
 * under the lock, so that each mutation sees the result of the one before.
 */
export function inTurn(type: ResourceType<LocalContext>): ResourceType<LocalContext> {
  return {
    ...type,
    create: async (context, work) => turn(context, async () => type.create(context, work)),
    update: async (context, work) => turn(context, async () => type.update(context, work)),
    remove: async (context, work) => turn(context, async () => type.remove(context, work))
  };
}

async function turn<T>(context: LocalContext, work: () => Promise<T>): Promise<T> {
  const { execution, machine, layout, options } = context;
  const fresh = async (): Promise<T> => {
    context.invalidate();
    try {
      return await work();
    } finally {
      context.invalidate();
    }
  };
  return withLock(execution, machine, layout.lockFile, fresh, options.deadline);
}
