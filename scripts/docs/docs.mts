import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { REPOSITORY } from './action-file.ts';
import { currentText, generatedPages } from './pages.mts';

/**
 * Writes the generated parts of the documentation. With `--check` writes nothing, and fails when a part is not as it
 * would be written.
 */
const isCheck = process.argv.includes('--check');
const stale: string[] = [];
const pages = await generatedPages();
for (const [name, text] of Object.entries(pages)) await write(name, text);
for (const name of globSync('docs/inputs/*.md', { cwd: REPOSITORY })) {
  if (Object.hasOwn(pages, name.replaceAll(path.sep, '/'))) continue;
  stale.push(name);
  if (!isCheck) rmSync(path.join(REPOSITORY, name));
}
if (stale.length > 0) process.stdout.write(`${isCheck ? 'Not up to date' : 'Written'}: ${stale.join(', ')}\n`);
if (isCheck && stale.length > 0) {
  process.stdout.write('Run `npm run docs` and commit what it changes.\n');
  process.exitCode = 1;
}

async function write(name: string, text: string): Promise<void> {
  const file = path.join(REPOSITORY, name);
  const next = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (next === currentText(name)) return;
  stale.push(name);
  if (isCheck) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, next);
}
