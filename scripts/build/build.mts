import { minify } from '@swc/core';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { useLeanClients } from './lean-clients.mts';
import { leanMessages, type Described } from './lean-messages.mts';
import { bundledPackages, filesSeen, licenceTexts, type Seen } from './licences.mts';
import { compileModulesAtOnce } from './modules.mts';
import { nodeGate } from './node-gate.mts';
import { POSTGRESQL, standardText } from './standard-licences.mts';
import { hashOfSources, SOURCES_FILE } from './sources.mts';
import { sqlAdminModule } from './sql-admin.mts';
import { whenUsedModule } from './when-used.mts';

/**
 * Makes `dist/` (or the folder given as argument) from `src/`: one CommonJS bundle, minified, a chunk per provider,
 * with the licences of all packages in it, and their list.
 */
const root = path.resolve(import.meta.dirname, '../..');
const target = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
/** A folder of this run's own, so that two builds can go on at once. */
const build = path.join(root, 'build', String(process.pid));
const require = createRequire(import.meta.url);

interface Bundle {
  readonly code: string;
  readonly stats: Seen;
  readonly assets: Readonly<Record<string, { readonly source: string | Buffer; readonly permissions: number }>>;
}
type Ncc = (entry: string, options: Readonly<Record<string, unknown>>) => Promise<Bundle>;
const ncc = require('@vercel/ncc') as Ncc;

const sources = hashOfSources();
process.once('exit', () => rmSync(build, { recursive: true, force: true }));
execFileSync(
  process.execPath,
  [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', path.join(root, 'tsconfig.build.json'), '--outDir', build],
  { stdio: 'inherit' }
);

const lean = useLeanClients(build);

/**
 * What @actions/core brings for proxies and OIDC tokens, and the client of GitHub's API needs: half of the start, did
 * it load at once. Each lies apart and loads when it is used.
 */
const LAZY: Readonly<Record<string, readonly string[]>> = {
  undici: ['undici'],
  yaml: ['yaml'],
  'http-client': ['@actions/http-client', '@actions/http-client/lib/auth']
};
const whenUsed = Object.entries(LAZY).flatMap(([file, modules]) =>
  modules.map((name): [string, string] => [name, `./${file}-when-used.js`])
);

// The bundler names modules by their way from here: the same bytes come out wherever the repository lies.
process.chdir(build);
const common = { cache: false, minify: true, target: 'es2024', quiet: true };
/**
 * What a library loads only for what this action never does: a native client of PostgreSQL, and (`@azure/identity`) a
 * browser for a person to log in with, which would bring a shell script along.
 */
const NEVER = ['pg-native', 'open'].map((name): [string, string] => [name, name]);
/**
 * What is loaded at the start and never called: gRPC, of which Google's clients want a class to extend, what
 * @actions/core would run other programs with, and all of Cloud SQL's clients, of which those that are called are
 * loaded each from its own file.
 */
const LOADED_ONLY = ['@grpc/grpc-js', '@grpc/proto-loader', '@actions/exec', '@google-cloud/sql'].map(
  (name): [string, string] => [name, './never-used.js']
);
/** What the Cloud SQL connector makes two calls with. */
const SQL_ADMIN: readonly [string, string] = ['@googleapis/sqladmin', './cloud-sql-admin.js'];
/** The messages of Cloud SQL that are used. */
const SQL_MESSAGES = 'cloud-sql-messages.json';
const sqlMessages: readonly [string, string] = ['../../protos/protos.json', `./${SQL_MESSAGES}`];
/** What the HTTP clients load in addition to HTTP/1.1, which is all that they speak here. */
const HTTP2 = ['http2', 'node:http2'].map((name): [string, string] => [name, './http2-when-used.js']);
/**
 * Azure's client asks of every body whether it is a form. Naming that class makes Node load a second HTTP client, which
 * takes 5 MB.
 */
const FORMS: readonly [string, string] = ['../formData.js', './no-forms.js'];
const externals = Object.fromEntries([...NEVER, ...LOADED_ONLY, ...whenUsed, ...HTTP2, sqlMessages, SQL_ADMIN, FORMS]);
const { code, assets, stats } = await ncc(path.join(build, 'index.js'), { ...common, externals });
const lazy = new Map<string, Bundle>();
for (const [file, modules] of Object.entries(LAZY)) {
  const entry = path.join(build, `${file}-entry.js`);
  writeFileSync(entry, modules.map(name => `export * from '${name}';\n`).join(''));
  const others = Object.fromEntries(whenUsed.filter(([name]) => !modules.includes(name)));
  lazy.set(file, await ncc(entry, { ...common, externals: others }));
}

process.chdir(root);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const { code: gate } = await minify(nodeGate(), { module: false, ecma: 2015 });
writeFileSync(path.join(target, 'index.js'), `${gate}\n${await finished(code)}`);
writeFileSync(path.join(target, 'never-used.js'), 'exports.Client = class {};\n');
writeFileSync(path.join(target, 'cloud-sql-admin.js'), sqlAdminModule());
writeFileSync(path.join(target, 'no-forms.js'), 'exports.convertBodyToFormDataMap = () => undefined;\n');
writeFileSync(path.join(target, SQL_MESSAGES), JSON.stringify(leanMessages(require('@google-cloud/sql/build/protos/protos.json') as Described)));
writeFileSync(path.join(target, 'http2-when-used.js'), whenUsedModule('node:http2', ['constants']));
for (const [file, bundle] of lazy) {
  writeFileSync(path.join(target, `${file}.js`), bundle.code);
  writeFileSync(path.join(target, `${file}-when-used.js`), whenUsedModule(`./${file}.js`));
}
for (const [name, asset] of Object.entries(assets)) {
  const file = path.join(target, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, name.endsWith('.js') ? await finished(asset.source.toString()) : asset.source);
}
// The bundler names what it found in `node_modules`.

/** The bundler minifies the entry and leaves the chunks as they are. */
async function finished(source: string): Promise<string> {
  const { code: minified } = await minify(source, { compress: true, mangle: true, module: false, ecma: 2020 });
  return compileModulesAtOnce(minified);
}

if (filesSeen([stats]).some(file => file.endsWith('ts-http-runtime/dist/esm/formData.js'))) {
  throw new Error(`${FORMS[0]} is in the bundle: Azure's client asks for it by another name`);
}
// The bundler sees what was made of a client in the place of the client.
const clients = lean.map(({ name }) => path.join(root, 'node_modules', name));
const packages = bundledPackages([stats, ...[...lazy.values()].map(bundle => bundle.stats)], clients);
writeFileSync(path.join(target, 'licenses.txt'), `${licenceTexts(packages, standardText)}${POSTGRESQL}`);
const listed = packages.map(({ name, version, license }) => ({ name, version, license }));
writeFileSync(path.join(target, 'packages.json'), `${JSON.stringify(listed, null, 1)}\n`);

writeFileSync(path.join(target, SOURCES_FILE), `${sources}\n`);

const packs = path.join(root, 'packs');
if (existsSync(packs)) cpSync(packs, path.join(target, 'packs'), { recursive: true });

for (const entry of readdirSync(target, { recursive: true, withFileTypes: true }).sort((a, b) =>
  a.name.localeCompare(b.name)
)) {
  if (!entry.isFile()) continue;
  const file = path.join(entry.parentPath, entry.name);
  process.stdout.write(`${String(statSync(file).size).padStart(10)}  ${path.relative(root, file)}\n`);
}
