import { ask, query } from '../support/client.ts';
import { exampleSteps } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';
import { until } from '../support/until.ts';

/** With two replicas. */
const [example = {}] = exampleSteps('local-replica.yml');
const { create_read_replica: _wanted, read_replica_count: _count, ...inputs } = example;

describe('read replicas', () => {
  let harness: Harness;
  let job: Job;
  let first: Step;
  beforeAll(async () => {
    harness = await openHarness();
    job = await harness.job();
    first = await job.step(example);
  });
  afterAll(async () => harness.close());

  const urlOf = (endpoint: string | undefined): string => {
    const url = new URL(first.outputs['database_url'] ?? '');
    url.host = endpoint ?? '';
    return url.href;
  };

  test('are made with their server, and receive its data', async () => {
    expect(first.outputs['result']).toBe('applied');
    expect(await changesOf(first)).toEqual(['+ server', '+ database', '+ replica/1', '+ replica/2']);
    expect(JSON.parse(first.outputs['read_replica_ids'] ?? '')).toHaveLength(2);
    expect(endpoints(first)).toHaveLength(2);
    await query(first.outputs['database_url'], 'create table item as select 1 as id');
    for (const endpoint of endpoints(first)) {
      const url = urlOf(endpoint);
      expect(await ask(url, 'select pg_is_in_recovery()')).toBe(true);
      await expect(query(url, 'create table other (id int)')).rejects.toThrow('read-only transaction');
      await until(async () => (await ask(url, `select to_regclass('item') is not null`)) === true);
    }
    expect(
      await ask(
        first.outputs['database_url'],
        `select count(*)::int from pg_stat_replication where state = 'streaming'`
      )
    ).toBe(2);
  });

  test('are unchanged after a second apply', async () => {
    const step = await job.step(example);
    expect(await changesOf(step)).toEqual([]);
    expect(endpoints(step)).toEqual(endpoints(first));
  });

  test('are left alone when the workflow no longer mentions them, with a notice', async () => {
    const step = await job.step(inputs);
    expect(step.outputs['result']).toBe('no-changes');
    expect(step.log).toContain('left as they are: replica/1, replica/2');
  });

  test('become fewer when the workflow asks for fewer', async () => {
    const step = await job.step({
      ...inputs,
      create_read_replica: 'true',
      read_replica_count: '1'
    });
    expect(await changesOf(step)).toEqual(['- replica/2']);
    expect(endpoints(step)).toEqual(endpoints(first).slice(0, 1));
    await expect(ask(urlOf(endpoints(first)[1]), 'select 1')).rejects.toThrow();
    expect(await ask(first.outputs['database_url'], 'select count(*)::int from pg_replication_slots')).toBe(1);
  });

  test('follow the parameters of their primary', async () => {
    const step = await job.step({
      ...inputs,
      create_read_replica: 'true',
      parameters: 'work_mem: 12MB\nmax_connections: 150'
    });
    expect(step.outputs['result']).toBe('applied');
    for (const endpoint of endpoints(step)) {
      expect(await ask(urlOf(endpoint), `select current_setting('work_mem')`)).toBe('12MB');
      expect(await ask(urlOf(endpoint), `select current_setting('max_connections')`)).toBe('150');
    }
    const again = await job.step({
      ...inputs,
      create_read_replica: 'true',
      parameters: 'work_mem: 12MB\nmax_connections: 150'
    });
    expect(await changesOf(again)).toEqual([]);
  });

  test('follow a parameter that becomes smaller, of which a replica must never have less than its primary', async () => {
    const fewer = {
      ...inputs,
      create_read_replica: 'true',
      parameters: 'max_connections: 50'
    };
    const step = await job.step(fewer);
    expect(step.outputs['result']).toBe('applied');
    for (const endpoint of endpoints(step))
      expect(await ask(urlOf(endpoint), `select current_setting('max_connections')`)).toBe('50');
  });

  test('are removed when the workflow asks for none', async () => {
    const step = await job.step({
      ...inputs,
      create_read_replica: 'false',
      parameters: 'max_connections: 50'
    });
    expect(await changesOf(step)).toEqual(['- replica/1']);
    expect(step.outputs['read_replica_endpoints']).toBe('[]');
  });

  test('are added to a running server with its data, and the plan says that it keeps running', async () => {
    await query(first.outputs['database_url'], 'insert into item values (2)');
    const step = await job.step({ ...inputs, create_read_replica: 'true', parameters: 'max_connections: 50' });
    expect(await changesOf(step)).toEqual(['+ replica/1']);
    const [endpoint] = endpoints(step);
    await until(async () => (await ask(urlOf(endpoint), 'select count(*)::int from item')) === 2);
  });

  // The post step stops them as well: local-closed-directories.test.ts.
  test('are removed with their primary', async () => {
    const step = await job.step({ ...inputs, command: 'destroy', confirm_destroy: 'postgres' });
    expect(step.outputs['result']).toBe('destroyed');
    expect(await job.end()).toEqual([]);
  });
});

function endpoints(step: Step): readonly string[] {
  return JSON.parse(step.outputs['read_replica_endpoints'] ?? '[]') as readonly string[];
}
