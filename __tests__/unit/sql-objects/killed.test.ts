import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import { directWayIn } from '../../../src/postgres/direct-way-in.ts';
import { changes, dying } from '../../support/dying.ts';
import { objectsServer, type ObjectsServer } from '../../support/objects-server.ts';
import { rows, run } from '../../support/pull-request-database.ts';
import { testClusters, type TestClusters } from '../../support/real-server.ts';

let clusters: TestClusters;
let root: ConnectionTarget;
let admin: ConnectionTarget;
let server: ObjectsServer;
let workspace: string;
/** The superuser, connected to the database of the admin. */
let watcher: Client;
beforeAll(async () => {
  clusters = await testClusters();
  const cluster = await clusters.create({ major: 17 });
  await cluster.start();
  root = cluster.target();
  await run(root, "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'", 'CREATE DATABASE app OWNER keeper');
  await run(root, 'CREATE ROLE rds_iam NOLOGIN', 'GRANT rds_iam TO keeper WITH ADMIN TRUE, INHERIT FALSE, SET FALSE');
  admin = cluster.target({ user: 'keeper', password: 'keeper', database: 'app' });
  server = objectsServer(admin);
  watcher = new Client({ ...root, database: 'app', ssl: false });
  await watcher.connect();
  workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-killed-'));
  writeFileSync(join(workspace, 'once.sql'), 'create table once (id int)');
});
afterAll(async () => {
  await watcher.end();
  await clusters.remove();
});

const SEED = { password_seed: 'a seed of more than 16' };
const INPUTS = {
  ...SEED,
  databases: { killed: { extensions: ['citext'], connection_limit: '9', init_sql: ['once.sql'] } },
  roles: {
    killed_app: { access: { killed: 'readwrite', app: 'owner' } },
    killed_iam: { access: { killed: 'readonly' }, login: 'cloud' }
  },
  iam_database_authentication_enabled: 'true'
};
const logins = { kind: 'membership', role: 'rds_iam' } as const;
const GONE = { ...SEED, databases: { killed: 'absent' }, roles: { killed_app: 'absent', killed_iam: 'absent' } };

// Lost before one text is sent is the same as lost after the text before it.
test('a run whose connections are lost is finished by the next one, after every text', async () => {
  let kills = 0;
  let isRemovalKilled = true;
  for (let at = 1; ; at += 1) {
    const way = dying(directWayIn(admin), at, changes);
    const isDone = await server.apply(INPUTS, { way, workspace, logins }).then(
      ({ plan }) => plan.counts.unknown === 0,
      () => false
    );
    if (isDone) break;
    kills += 1;
    await server.apply(INPUTS, { workspace, logins });
    expect([at, (await server.plan(INPUTS, { workspace, logins })).steps]).toEqual([at, []]);
    expect(await rows({ ...root, database: 'killed' }, 'select * from once')).toEqual([]);
    if (isRemovalKilled) {
      isRemovalKilled = await server.apply(GONE, { way: dying(directWayIn(admin), at, changes) }).then(
        ({ plan }) => plan.counts.unknown > 0,
        () => true
      );
      await server.apply(GONE);
    } else {
      const users = 'killed_app, killed_iam';
      await watcher.query('DROP DATABASE killed WITH (FORCE)');
      await watcher.query(`DROP OWNED BY ${users}`);
      await watcher.query(`DROP ROLE killed_owner, killed_readwrite, killed_readonly, ${users}`);
    }
    const left = await watcher.query("select rolname from pg_roles where rolname like 'killed%'");
    expect([at, left.rows]).toEqual([at, []]);
    expect(kills).toBeLessThan(40);
  }
  expect(kills).toBeGreaterThan(9);
  expect(isRemovalKilled).toBe(false);
});
