import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '..', 'golden');

/** Compares with the golden file; `UPDATE_GOLDENS=1` writes it instead, to be read before it is committed. */
export function expectGolden(name: string, content: string): void {
  const file = path.join(FOLDER, name);
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, content);
  expect(existsSync(file)).toBe(true);
  expect(content).toBe(readFileSync(file, 'utf8'));
}
