import { readdirSync } from 'node:fs';
import { AVAILABLE_PROVIDERS } from '../../src/providers/registry.ts';

test('the contract tests cover every provider of this version', () => {
  const held = readdirSync(import.meta.dirname).flatMap(file => /^(.*)-harness\.ts$/.exec(file)?.[1] ?? []);
  const tested = readdirSync(import.meta.dirname).filter(file => held.some(name => file === `${name}.test.ts`));
  expect(held.sort()).toEqual([...AVAILABLE_PROVIDERS].sort());
  expect(tested).toHaveLength(held.length);
});
