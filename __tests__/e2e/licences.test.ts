import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bundledPackages, licenceTexts } from '../../scripts/build/licences.mts';
import { bundleDirectory } from '../support/bundle.ts';

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

describe('the bundle', () => {
  let bundle: string;
  let packages: readonly Listed[];
  beforeAll(async () => {
    bundle = await bundleDirectory();
    packages = JSON.parse(readFileSync(path.join(bundle, 'packages.json'), 'utf8')) as readonly Listed[];
  });

  test('lists the packages whose files the bundler saw, those of package.json among them', () => {
    const names = packages.map(({ name }) => name);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly dependencies: object };
    expect(Object.keys(dependencies).filter(name => !names.includes(name))).toEqual([]);
  });

  test('has the text of the licence of each of them, and the notice of PostgreSQL', () => {
    const parts = readFileSync(path.join(bundle, 'licenses.txt'), 'utf8').split(`\n${'-'.repeat(80)}\n`);
    const texts = new Map(parts.map(part => [part.trim().split('\n')[0], part]));
    const without = packages.filter(({ name, version }) => (texts.get(`${name}@${version}`)?.length ?? 0) < 500);
    expect(without).toEqual([]);
    const notice = texts.get('PostgreSQL (the prebuilt clusters in packs/)') ?? '';
    expect(notice).toContain('Portions Copyright (c) 1994, The Regents of the University of California');
    expect(existsSync(path.join(bundle, 'packs'))).toBe(true);
  });

  test('has only licences that ask for no more than their text', () => {
    const known = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];
    const others = packages.filter(({ license }) => !known.includes(license.replace(/^\((.*)\)$/, '$1')));
    expect(others).toEqual([]);
  });

  test('has a bill of materials with each of them', () => {
    const script = path.resolve('scripts/build/sbom.mts');
    const bill = JSON.parse(
      execFileSync(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', script, 'v1.2.3', bundle], {
        encoding: 'utf8',
        env: { SOURCE_DATE_EPOCH: '1764300000' }
      })
    ) as Readonly<Record<string, unknown>> & { readonly packages: readonly { readonly SPDXID: string }[] };
    expect(bill).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      creationInfo: { created: '2025-11-28T03:20:00Z' }
    });
    expect(bill.packages).toHaveLength(packages.length + 1);
    expect(new Set(bill.packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length + 1);
  });
});

test('a package that ships no text of its licence gets the one that the licence names', () => {
  const file = path.resolve('node_modules/pg/lib/index.js');
  const [pg] = bundledPackages([{ compilation: { modules: [{ modules: [{ resource: file }] }, {}] } }]);
  expect(pg).toMatchObject({ name: 'pg', license: 'MIT' });
  const bare = { name: 'bare', version: '1.0.0', license: 'MIT', folder: path.resolve('docs/images') };
  expect(licenceTexts([bare], license => `the text of ${license}`)).toBe('bare@1.0.0\nMIT\n\nthe text of MIT\n');
});
