import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Base } from '../../../src/ephemeral/base.ts';
import { ask } from '../../support/client.ts';
import { changes, dying } from '../../support/dying.ts';
import { baseOn, make, rows, run, sessionFor, unmake, urlOf, type Ask } from '../../support/pull-request-database.ts';
import { testClusters, type TestCluster, type TestClusters } from '../../support/real-server.ts';

let clusters: TestClusters;
let cluster: TestCluster;
let base: Base;
let all: Ask;
beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
  await run(
    cluster.target(),
    "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'",
    'CREATE DATABASE seeded OWNER keeper',
    'REVOKE CONNECT ON DATABASE postgres, template1, seeded FROM PUBLIC',
    'GRANT CONNECT ON DATABASE postgres TO keeper'
  );
  const admin = cluster.target({ user: 'keeper', password: 'keeper' });
  await run({ ...admin, database: 'seeded' }, 'CREATE TABLE kept (id int)');
  base = baseOn(admin);
  const workspace = await mkdtemp(path.join(tmpdir(), 'pgkeep-test-killed-'));
  // Neither can run twice.
  await writeFile(path.join(workspace, '1.sql'), 'create table one (id int)');
  await writeFile(path.join(workspace, '2.sql'), 'create table two (id int); alter table kept add column note text;');
  all = {
    secrets: { password_seed: 'a seed of the pull requests, long enough' },
    settings: { template_database: 'seeded', extensions: ['citext', 'hstore'], init_sql: ['*.sql'] },
    workspace
  };
});
afterAll(async () => clusters.remove());

function dyingBase(at: number): Base {
  if (base.state.kind === 'absent') throw base.state.why;
  return { ...base, state: { ...base.state, way: dying(base.state.way, at, changes) } };
}

// Lost before one text is sent is the same as lost after the text before it.
test('a run whose connections are lost is finished by the next one, after every text', async () => {
  let kills = 0;
  for (let at = 1; ; at += 1) {
    const isDone = await make(sessionFor(dyingBase(at), 1, all)).then(
      () => true,
      () => false
    );
    if (isDone) break;
    kills += 1;
    const { outputs } = await make(sessionFor(base, 1, all));
    const url = urlOf(outputs);
    const made = `select string_agg(relname, ',' order by relname) || ' of ' || count(distinct relowner) from pg_class
      where relname in ('kept', 'one', 'two')`;
    expect([at, await ask(url, made)]).toEqual([at, 'kept,one,two of 1']);
    expect((await make(sessionFor(base, 1, all))).plan.verdict).toBe('no-changes');
    const dead = await unmake(sessionFor(dyingBase((at % 5) + 1), 1, all)).catch(() => undefined);
    if (dead === undefined) await unmake(sessionFor(base, 1, all));
    expect(await rows(cluster.target(), "select 1 from pg_roles where rolname ~ '^pr_'")).toEqual([]);
  }
  expect(kills).toBeGreaterThan(5);
});
