import { NO_PERMISSIONS, type Desired, type Facts, type ResourceType, type Work } from '../../engine/resource.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts';
import { runScript } from '../../postgres/run-script.ts';
import { loadScripts, type Script } from '../../postgres/script.ts';
import { databaseName, insideServer, STOPPED, type DatabaseMark } from './local-inside.ts';
import { requireLive } from './local-live.ts';
import { DATABASE, extensionAddress, INIT_SQL, SERVER, SUPERUSER, USER } from './local-names.ts';
import { asMaster, asSuperuser, type LocalWorld } from './local-world.ts';

const PREFIX = 'init_sql.';

/** The files of `init_sql`: each runs once, and again only when its content changed. Their hashes are kept in the database's comment. */
export const initSql: ResourceType<LocalWorld> = {
  type: INIT_SQL,
  fields: { 'init_sql.*': { api: 'comment on database', input: 'init_sql', impact: 'online', show: shortHash } },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const [live, inside] = await Promise.all([world.live(), world.inside()]);
    const ran = inside?.database?.mark?.initSql;
    if (live === undefined || (inside !== undefined && ran === undefined)) return [];
    const asked = await scriptsOf(world);
    return [
      await insideServer(world, {
        address: INIT_SQL,
        type: INIT_SQL,
        title: `initial SQL of ${databaseName(world)}`,
        fields: Object.fromEntries(Object.entries(ran ?? {}).map(([file, hash]) => [`${PREFIX}${file}`, hash])),
        ...(inside === undefined
          ? { unknown: Object.fromEntries(asked.map(({ file }) => [`${PREFIX}${file}`, STOPPED])) }
          : {}),
        dependsOn: [SERVER, DATABASE]
      })
    ];
  },
  create: runChanged,
  update: runChanged,
  remove: async () => {
    // It goes with the server's data directory.
  }
};

/** What `init_sql` asks for. Throws `input-invalid` for a pattern that matches no file. */
export async function desiredInitSql(world: LocalWorld): Promise<readonly Desired[]> {
  const scripts = await scriptsOf(world);
  if (scripts.length === 0) return [];
  const extensions = (world.settings.extensions ?? []).map(extensionAddress);
  return [
    {
      address: INIT_SQL,
      type: INIT_SQL,
      title: `initial SQL of ${databaseName(world)}`,
      presence: 'present',
      fields: Object.fromEntries(scripts.map(({ file, hash }) => [`${PREFIX}${file}`, { value: hash, managed: true }])),
      dependsOn: [SERVER, USER, DATABASE, ...extensions],
      lane: SERVER
    }
  ];
}

async function scriptsOf(world: LocalWorld): Promise<readonly Script[]> {
  const patterns = world.settings.init_sql ?? [];
  return patterns.length === 0 ? [] : loadScripts(patterns, world.workspace);
}

/** Runs the files that the plan names, in their order, and notes each as soon as it is through. */
async function runChanged(world: LocalWorld, work: Work): Promise<Facts> {
  const { credentials } = await requireLive(world);
  const name = databaseName(world);
  const mark: DatabaseMark = { ...work.mark, ...(await world.inside())?.database?.mark };
  let ran = mark.initSql ?? {};
  for (const script of await scriptsOf(world)) {
    if (work.values[`${PREFIX}${script.file}`] !== script.hash) continue;
    // A database restored from a snapshot brings what ran in it before.
    if (ran[script.file] === script.hash) continue;
    const result = await asMaster(world, credentials, name, async session => runScript(session, script));
    work.context.log.info(`${script.file}: ${result.statements} statements`);
    ran = { ...ran, [script.file]: script.hash };
    const comment = quoteLiteral(JSON.stringify({ ...mark, initSql: ran }));
    await asSuperuser(world, credentials, SUPERUSER, async session =>
      session.query(`COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${comment}`, undefined, `mark database ${name}`)
    );
  }
  world.forget();
  return {};
}

function shortHash(hash: unknown): string {
  return typeof hash === 'string' ? `sha256:${hash.slice(0, 12)}` : '';
}
