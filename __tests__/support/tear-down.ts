import { removeQuickDirectories } from './quick-directory.ts';
import { removeDeadMemory } from './shared-memory.ts';

/** Once, after all tests. */
export default async function tearDown(): Promise<void> {
  await removeQuickDirectories();
  await removeDeadMemory((process.env['PGKEEP_MEMORY_BEFORE'] ?? '').split(' '));
}
