import type { ResourceType } from '../../engine/resource.ts';
import { REPLICA } from './local-names.ts';
import type { LocalWorld } from './local-world.ts';
export const replica: ResourceType<LocalWorld> = {
  type: REPLICA,
  fields: {},
  permissions: { observe: [], create: [], update: [], delete: [] },
  observe: async () => [],
  create: async () => ({}),
  update: async () => ({}),
  remove: async () => {}
};
