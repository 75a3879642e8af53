import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Prints the bill of materials of a bundle as SPDX 2.3: the packages whose files the bundler saw.
 *
 * node scripts/build/sbom.mts <version> [folder of the bundle, default dist] > sbom.spdx.json
 */
const root = path.resolve(import.meta.dirname, '../..');
const [version = '0.0.0', folder = path.join(root, 'dist')] = process.argv.slice(2);
const text = readFileSync(path.join(folder, 'packages.json'), 'utf8');
const packages = JSON.parse(text) as readonly { readonly name: string; readonly version: string; readonly license: string }[];
const spdxId = (name: string): string => `SPDXRef-${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`;
const described = packages.map(one => ({
  name: one.name,
  SPDXID: spdxId(`npm-${one.name}-${one.version}`),
  versionInfo: one.version,
  downloadLocation: `https://registry.npmjs.org/${one.name}`,
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: one.license,
  copyrightText: 'NOASSERTION',
  externalRefs: [
    {
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType: 'purl',
      referenceLocator: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`
    }
  ]
}));
const action = {
  name: 'pgkeep',
  SPDXID: 'SPDXRef-pgkeep',
  versionInfo: version,
  downloadLocation: 'https://github.com/pgkeep/pgkeep',
  filesAnalyzed: false,
  licenseConcluded: 'Apache-2.0',
  licenseDeclared: 'Apache-2.0',
  copyrightText: 'NOASSERTION'
};
const created = process.env['SOURCE_DATE_EPOCH'];
process.stdout.write(
  `${JSON.stringify(
    {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: `pgkeep-${version}`,
      documentNamespace: `https://github.com/pgkeep/pgkeep/sbom/${version}/${createHash('sha256').update(text).digest('hex')}`,
      creationInfo: {
        created: `${new Date(created === undefined ? Date.now() : Number(created) * 1000).toISOString().slice(0, 19)}Z`,
        creators: ['Tool: pgkeep-sbom']
      },
      packages: [action, ...described],
      relationships: [
        { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: action.SPDXID },
        ...described.map(one => ({
          spdxElementId: action.SPDXID,
          relationshipType: 'CONTAINS',
          relatedSpdxElement: one.SPDXID
        }))
      ]
    },
    null,
    1
  )}\n`
);
