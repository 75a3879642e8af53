import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Base } from '../../../src/ephemeral/base.ts';
import type { Settings } from '../../../src/spec/catalogue.ts';
import { objectsServer, OBJECTS } from '../../support/objects-server.ts';
import { baseOn, make, run, sessionFor, unmake } from '../../support/pull-request-database.ts';
import { logTraffic, trafficOf } from '../../support/server-log.ts';
import { testClusters, type TestCluster, type TestClusters } from '../../support/real-server.ts';

let clusters: TestClusters;
let cluster: TestCluster;
let base: Base;
let workspace: string;
beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
  await run(
    cluster.target(),
    'CREATE DATABASE seeded',
    'REVOKE CONNECT ON DATABASE postgres, template1, seeded FROM PUBLIC'
  );
  await logTraffic(cluster);
  await run(cluster.target({ database: 'seeded' }), 'CREATE TABLE kept (id int)');
  base = baseOn(cluster.target({ applicationName: 'counted' }));
  workspace = await mkdtemp(path.join(tmpdir(), 'pgkeep-test-counts-'));
  await writeFile(path.join(workspace, 'one.sql'), 'create table one (id int)');
});
afterAll(async () => clusters.remove());

async function counted(work: () => Promise<unknown>): Promise<readonly [connections: number, texts: number]> {
  const { connections, texts } = await trafficOf(cluster, work);
  return [connections, texts];
}

const ALL: Settings = { template_database: 'seeded', extensions: ['citext'], init_sql: ['one.sql'] };

/** Exactly. The second connection of a run that changes nothing proves the password. */
const COUNTS: Readonly<Record<string, readonly [connections: number, texts: number]>> = {
  'a plain one': [1, 4],
  'nothing to do': [2, 2],
  'template, extension and SQL': [3, 7],
  'nothing to do with all of it': [2, 3],
  destroyed: [2, 5]
};

/** Exactly: one connection in each database, and one as the owner for the file. */
const OF_OBJECTS: typeof COUNTS = {
  'first run': [3, 31],
  'nothing to do': [2, 6]
};

test('what is inside a server takes a connection in each database', async () => {
  const server = objectsServer(cluster.target({ applicationName: 'counted' }));
  const counts = {
    'first run': await counted(async () => server.apply(OBJECTS, { workspace })),
    'nothing to do': await counted(async () => server.apply(OBJECTS, { workspace }))
  };
  expect(counts).toEqual(OF_OBJECTS);
});

test('a run needs few connections, and few texts', async () => {
  // Derived passwords, as on the clouds. A stored one takes the lock in a text of its own.
  const plain = { secrets: { password_seed: 'a seed of the pull requests, long enough' } };
  const all = { ...plain, settings: ALL, workspace };
  const counts = {
    'a plain one': await counted(async () => make(sessionFor(base, 1, plain))),
    'nothing to do': await counted(async () => make(sessionFor(base, 1, plain))),
    'template, extension and SQL': await counted(async () => make(sessionFor(base, 2, all))),
    'nothing to do with all of it': await counted(async () => make(sessionFor(base, 2, all))),
    destroyed: await counted(async () => unmake(sessionFor(base, 2, all)))
  };
  expect(counts).toEqual(COUNTS);
});
