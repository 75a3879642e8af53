import type { ResourceType } from '../../engine/resource.ts';
import { withLock } from './cluster/lock.ts';
import type { LocalWorld } from './context.ts';

/**
 * A resource whose mutations wait for their turn: two steps of a job may work on one name at once. What was read before the turn came is
 * forgotten, so that each mutation meets the server as the one before left it.
 */
export function inTurn(type: ResourceType<LocalWorld>): ResourceType<LocalWorld> {
  return {
    ...type,
    create: async (world, work) => turn(world, async () => type.create(world, work)),
    update: async (world, work) => turn(world, async () => type.update(world, work)),
    remove: async (world, work) => turn(world, async () => type.remove(world, work))
  };
}

async function turn<T>(world: LocalWorld, work: () => Promise<T>): Promise<T> {
  return withLock(world.context, world.machine, world.layout.lockFile, async () => {
    world.forget();
    try {
      return await work();
    } finally {
      world.forget();
    }
  });
}
