import { withSqlSession } from '../../src/postgres/connection.ts';
import type { Major } from '../../src/postgres/major.ts';
import { writeArchive, type WrittenArchive } from '../../src/providers/local/cluster/archive.ts';
import { testContext, type TestCluster, type TestClusters } from './real-server.ts';

const execution = testContext();

/** A running server with 5000 orders and the role `app`. */
export async function seededCluster(clusters: TestClusters, major: Major): Promise<TestCluster> {
  const cluster = await clusters.create({ major });
  await cluster.start();
  await withSqlSession(cluster.target(), execution.signal, session =>
    session.batch(`create table orders (id int primary key, note text);
      insert into orders select i, repeat('x', 100) from generate_series(1, 5000) i;
      create role app login password 'app-password'; create index on orders (note)`)
  );
  return cluster;
}

/** Takes a snapshot of a cluster, running or not. */
export async function takeSnapshot(
  cluster: TestCluster,
  file: string,
  signal = execution.signal
): Promise<WrittenArchive> {
  return writeArchive(testContext(signal), {
    machine: cluster.machine,
    dataDirectory: cluster.layout.dataDirectory,
    connection: cluster.target(),
    file,
    temporaryDirectory: cluster.layout.directory
  });
}
