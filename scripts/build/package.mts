import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes the folder of the package that npm publishes: the bundle of the action and its command line. It depends on
 * nothing, since everything is in the bundle.
 *
 * node scripts/build/package.mts <target> [version] [bundle]
 */
const root = path.resolve(import.meta.dirname, '../..');
const [target, version, bundle = path.join(root, 'dist')] = process.argv.slice(2);
if (target === undefined) throw new Error('Name the folder of the package.');

const OF_PACKAGE = ['name', 'version', 'description', 'license', 'bin', 'files', 'engines'];
const whole = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
const published = Object.fromEntries(OF_PACKAGE.map(name => [name, whole[name]]));
if (version !== undefined) published['version'] = version.replace(/^v/, '');

mkdirSync(target, { recursive: true });
writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
for (const name of ['bin', 'LICENSE', 'README.md']) {
  cpSync(path.join(root, name), path.join(target, name), { recursive: true });
}
cpSync(bundle, path.join(target, 'dist'), { recursive: true });
