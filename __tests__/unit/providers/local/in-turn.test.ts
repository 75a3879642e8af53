import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreationWork, ResourceType } from '../../../../src/engine/resource.ts';
import type { LocalContext } from '../../../../src/providers/local/context.ts';
import { inTurn } from '../../../../src/providers/local/in-turn.ts';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import { fakeContext } from '../../../support/fake-context.ts';

test('each change reads the live state again under the lock, and leaves nothing of it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pgkeep-turn-'));
  const told: string[] = [];
  const act = (name: string) => async (): Promise<never> => {
    told.push(name);
    throw new Error(name);
  };
  const type = { type: 'x', create: act('create'), update: act('update'), remove: act('remove') };
  const context = {
    execution: fakeContext(),
    machine: thisMachine({}),
    layout: { lockFile: join(directory, 'lock') },
    options: { deadline: new Date('2026-01-01T01:00:00Z') },
    invalidate: () => void told.push('invalidate')
  } as unknown as LocalContext;
  const turns = inTurn(type as unknown as ResourceType<LocalContext>);
  expect(turns.type).toBe('x');
  for (const name of ['create', 'update', 'remove'] as const) {
    await expect(turns[name](context, {} as CreationWork)).rejects.toThrow(name);
    expect(told.splice(0)).toEqual(['invalidate', name, 'invalidate']);
  }
  await rm(directory, { recursive: true });
});
