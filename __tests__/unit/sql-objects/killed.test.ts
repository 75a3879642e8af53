import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import { directWayIn } from '../../../src/postgres/direct-way-in.ts';
import { drawn } from '../../support/draw-calls.ts';
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

const given = () => ({ workspace, logins });

/** Whether a run came to its end: with a way on which it is lost it has left something unknown, or has failed. */
async function ends(inputs: typeof INPUTS | typeof GONE, counts: (text: string) => boolean, at = 1): Promise<boolean> {
  return server.apply(inputs, { ...given(), way: dying(directWayIn(admin), at, counts) }).then(
    ({ plan }) => plan.counts.unknown === 0,
    () => false
  );
}

/** Runs that are each lost after the first text that no other has sent, until one ends. Gives those texts. */
async function lostAgainAndAgain(inputs: typeof INPUTS | typeof GONE): Promise<readonly string[]> {
  const sent: string[] = [];
  const isNew = (text: string): boolean => changes(text) && !sent.includes(text) && sent.push(text) > 0;
  for (let runs = 0; !(await ends(inputs, isNew)); runs += 1) expect(runs).toBeLessThan(40);
  return sent;
}

async function expectMade(after: string): Promise<void> {
  expect([after, (await server.plan(INPUTS, given())).steps]).toEqual([after, []]);
  expect(await rows({ ...root, database: 'killed' }, 'select * from once')).toEqual([]);
}

async function expectGone(after: string): Promise<void> {
  const left = await watcher.query("select rolname from pg_roles where rolname like 'killed%'");
  expect([after, left.rows]).toEqual([after, []]);
}

/** Texts behind which much is left to do: one run goes on to the end from each, and weekly from every text. */
const FAR_REACHING = /^(?:CREATE DATABASE|create table)| LOGIN/;

// Lost before one text is sent is the same as lost after the text before it.
test('a run whose connections are lost is finished by the next one, after every text', async () => {
  const texts = await lostAgainAndAgain(INPUTS);
  expect(texts.length).toBeGreaterThan(9);
  await expectMade('every text');
  expect((await lostAgainAndAgain(GONE)).length).toBeGreaterThan(4);
  await expectGone('every text');
  // The roles of the admin's own database stay.
  const again = texts.filter(text => !/^CREATE ROLE "app_|^GRANT .* ON DATABASE "app"/.test(text));
  const { calls } = drawn(again, { kinds: text => FAR_REACHING.test(text), others: 0 });
  expect(calls.length).toBeGreaterThan(3);
  for (const at of calls) {
    expect(await ends(INPUTS, changes, at)).toBe(false);
    await server.apply(INPUTS, given());
    await expectMade(`text ${at}`);
    await server.apply(GONE);
    await expectGone(`text ${at}`);
  }
});
