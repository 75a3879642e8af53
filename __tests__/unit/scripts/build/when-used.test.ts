import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { whenUsedModule } from '../../../../scripts/build/when-used.mts';

test('a part of a module is taken without it, and its members with it', () => {
  const { exports } = { exports: {} as { constants?: Readonly<Record<string, unknown>> } };
  const asked: string[] = [];
  const load = (name: string): unknown => {
    asked.push(name);
    return { constants: { NO_ERROR: 0 } };
  };
  const module = { exports };
  // eslint-disable-next-line no-new-func -- the text is the subject
  new Function('module', 'require', whenUsedModule('node:http2', ['constants']))(module, load);
  const { constants } = module.exports;
  expect(asked).toEqual([]);
  expect(constants?.['NO_ERROR']).toBe(0);
  expect(asked).toEqual(['node:http2']);
});

test('a module is loaded when one of its exports is used, and not when a bundle asks what it is', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-when-used-'));
  const loaded: string[] = [];
  Object.assign(globalThis, { loaded });
  writeFileSync(path.join(folder, 'real.cjs'), "globalThis.loaded.push('real'); exports.parse = text => [text];\n");
  writeFileSync(path.join(folder, 'real-when-used.cjs'), whenUsedModule('./real.cjs'));
  const seen = createRequire(import.meta.url)(path.join(folder, 'real-when-used.cjs')) as {
    readonly __esModule: boolean;
    readonly parse: (text: string) => readonly string[];
  };
  expect([seen.__esModule, ...loaded]).toEqual([true]);
  expect(seen.parse('a')).toEqual(['a']);
  expect(loaded).toEqual(['real']);
});
