import { readdirSync } from 'node:fs';
import { AVAILABLE_PROVIDERS } from '../../src/providers/registry.ts';

test('every provider of this version is held to the contract', () => {
  const held = readdirSync(import.meta.dirname).flatMap(file => /^(.*)-harness\.ts$/.exec(file)?.[1] ?? []);
  const tested = readdirSync(import.meta.dirname).filter(file => held.some(name => file === `${name}.test.ts`));
  expect(held.sort()).toEqual([...AVAILABLE_PROVIDERS].sort());
  expect(tested).toHaveLength(held.length);
});
