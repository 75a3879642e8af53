import { bot, type FakeGithub } from '../clouds/github/github.ts';
import { ask, query } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import type { Step } from '../support/job.ts';
import { changesOf, planOf } from '../support/harness.ts';

const nameOf = (step: Step): string => step.outputs['database'] ?? '';
const urlOf = (step: Step): string => step.outputs['database_url'] ?? '';

let harness: EphemeralHarness;
beforeAll(async () => {
  harness = await openEphemeralHarness();
});
afterAll(async () => harness.close());

describe('a database for a pull request', () => {
  let first: Step;
  let pushed: Step;
  let reopened: Step;
  beforeAll(async () => {
    harness.github.seedPull({ number: 7 });
    first = await harness.on(7, 'opened');
  });

  test('is created when it opens, with a role of its own', async () => {
    expect(first.exitCode).toBe(0);
    expect(first.outputs).toMatchObject({ command: 'apply', result: 'applied', to_create: '2' });
    expect(nameOf(first)).toMatch(/^pr_7_[0-9a-f]{8}$/);
    expect(first.outputs['username']).toBe(nameOf(first));
    expect(await ask(urlOf(first), 'select current_user || current_database()')).toBe(nameOf(first).repeat(2));
    expect(first.masked).toContain(first.outputs['password']);
    await query(urlOf(first), 'create table kept (id int); insert into kept values (1)');
  });

  test('names its owner, its run and its expiry in its mark', async () => {
    const [kept] = await harness.sql<{ database: string; role: string; until: Date }>(
      `select shobj_description(d.oid, 'pg_database') as database, shobj_description(r.oid, 'pg_authid') as role,
              r.rolvaliduntil as until from pg_database d join pg_roles r on r.rolname = d.datname where datname = $1`,
      [nameOf(first)]
    );
    const mark = {
      version: 2,
      repository: 'acme/shop',
      name: 'orders',
      environment: '',
      pullRequest: 7,
      run: '9000001.1'
    };
    for (const comment of [kept?.database, kept?.role]) {
      expect(JSON.parse(comment ?? '')).toMatchObject({ ...mark, expiresAt: first.outputs['expires_at'] });
    }
    expect(JSON.parse(kept?.database ?? '')).toMatchObject({
      applied: expect.stringMatching(/^[0-9a-f]{64}$/) as string
    });
    expect(kept?.until.getTime()).toBe(Date.parse(first.outputs['expires_at'] ?? ''));
    const hours = (Date.parse(first.outputs['expires_at'] ?? '') - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(71);
    expect(hours).toBeLessThan(73);
  });

  test('is kept with a push, which extends its life and is not a change', async () => {
    harness.github.push(7);
    const step = await harness.on(7, 'synchronize', { ttl: '10d' });
    pushed = step;
    expect(step.outputs).toMatchObject({ result: 'no-changes', has_changes: 'false', database_url: urlOf(first) });
    expect(await changesOf(step)).toEqual([]);
    expect(await ask(urlOf(step), 'select count(*)::int from kept')).toBe(1);
    const days = (Date.parse(step.outputs['expires_at'] ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(10);
    const [role] = await harness.sql<{ until: Date }>(
      'select rolvaliduntil as until from pg_roles where rolname = $1',
      [nameOf(first)]
    );
    expect(role?.until.getTime()).toBe(Date.parse(step.outputs['expires_at'] ?? ''));
  });

  test('has the same plan digest after a push, a re-run, and with another ttl', async () => {
    const event = { name: 'pull_request', number: 7, action: 'edited', runAttempt: 2 } as const;
    const step = await harness.run(event, { ttl: '1h' });
    expect(step.outputs).toMatchObject({ result: 'no-changes', plan_digest: pushed.outputs['plan_digest'] });
  });

  test('is found again by `command: outputs`', async () => {
    const step = await harness.on(7, 'synchronize', { command: 'outputs' });
    expect(step.outputs).toMatchObject({ result: 'no-changes', database_url: urlOf(first) });
    expect(step.outputs['expires_at']).not.toBe('');
    expect(step.masked).toContain(first.outputs['password']);
  });

  test('is recreated with `reset: true`, once a run', async () => {
    const event = { name: 'pull_request', number: 7, action: 'synchronize', runId: 42 } as const;
    const step = await harness.run(event, { reset: 'true' });
    expect(step.outputs).toMatchObject({ result: 'applied', to_create: '2', database: nameOf(first) });
    expect(await ask(urlOf(step), "select to_regclass('kept')::text")).toBeNull();
    await query(urlOf(step), 'create table kept (id int)');
    const sameRun = await harness.run(event, { reset: 'true' });
    expect(sameRun.outputs['result']).toBe('no-changes');
    expect(await ask(urlOf(sameRun), "select to_regclass('kept')::text")).toBe('kept');
  });

  test('is recreated while it carries the label for it, with a comment apart from that of a server of its name', async () => {
    await harness.on(7, 'synchronize', { ephemeral: '', name: 'orders', base_database: '' });
    harness.github.label(7, 'pgkeep-reset');
    const step = await harness.run({ name: 'pull_request', number: 7, action: 'labeled', runId: 43 });
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(urlOf(step), "select to_regclass('kept')::text")).toBeNull();
    harness.github.label(7);
    const bodies = harness.github.comments(7).map(({ body }) => body);
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toContain('pull request 7');
    expect(bodies[0]).toContain('Destroyed when pull request');
    expect(bodies[1]).not.toContain('pull request 7');
  });

  test('is destroyed when it closes, without confirmation', async () => {
    harness.github.close(7);
    const step = await harness.on(7, 'closed');
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'destroy', result: 'destroyed', to_delete: '2' });
    expect(await harness.standing()).toEqual([]);
  });

  test('that is gone already is a success', async () => {
    const step = await harness.on(7, 'closed');
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
  });

  test('is created again when it reopens', async () => {
    harness.github.reopen(7);
    const step = await harness.on(7, 'reopened');
    reopened = step;
    expect(step.outputs).toMatchObject({ result: 'applied', database: nameOf(first) });
    expect(await ask(urlOf(step), 'select 1')).toBe(1);
    expect(step.outputs['password']).not.toBe(first.outputs['password']);
  });

  test('stays when a late "closed" arrives after it was reopened', async () => {
    const step = await harness.on(7, 'closed');
    expect(step.exitCode).toBe(0);
    expect(step.log).toContain('opened again');
    expect(await harness.standing()).toEqual(['database pr_7', 'role pr_7']);
  });

  test('has no rights outside of itself', async () => {
    harness.github.seedPull({ number: 8 });
    const other = await harness.on(8, 'opened');
    const elsewhere = (database: string): string => urlOf(reopened).replace(/\/[^/?]+\?/, `/${database}?`);
    for (const database of [nameOf(other), 'postgres', 'template1']) {
      await expect(query(elsewhere(database), 'select 1')).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('uses the server as it is, and names the inputs that only a server has', async () => {
    const step = await harness.on(7, 'synchronize', { parameters: 'work_mem: 64MB', instance_class: 'db.t4g.micro' });
    expect(step.outputs).toMatchObject({ result: 'no-changes', unsupported: '[]' });
    const { notices } = await planOf(step);
    expect(notices.find(({ code }) => code === 'server-input')?.message).toContain('`instance_class`, `parameters`');
    expect(await ask(urlOf(step), "select current_setting('work_mem')")).toBe('4MB');
  });

  test('is refused on an event without a pull request', async () => {
    for (const command of ['auto', 'apply', 'destroy']) {
      const step = await harness.run({ name: 'push' }, { command });
      expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
      expect(step.log).toContain('this run is not about a pull request');
    }
  });
});

describe('the deployment that shows a pull request’s database', () => {
  beforeAll(() => {
    for (const number of [37, 38, 39]) harness.github.seedPull({ number });
  });

  const deployments = (): ReturnType<FakeGithub['deployments']> =>
    harness.github.deployments().filter(({ task }) => /-3[789]$/.test(task));
  const states = (): readonly string[] =>
    deployments().map(({ task, statuses }) => `${task} ${statuses.at(-1)?.state ?? ''}`);

  test('is active when the database is ready, one for each pull request, with a link to the run', async () => {
    await harness.on(37, 'opened');
    await harness.on(37, 'synchronize');
    await harness.on(38, 'opened');
    expect(states()).toEqual(['pgkeep:pull-37 success', 'pgkeep:pull-38 success']);
    const [shown] = deployments();
    expect(shown?.statuses.at(-1)?.logUrl).toBe('https://github.com/acme/shop/actions/runs/9000001');
  });

  test('is inactive when the database is gone: closed, fenced or swept', async () => {
    harness.github.close(37);
    await harness.on(37, 'closed');
    expect(states()).toEqual(['pgkeep:pull-37 inactive', 'pgkeep:pull-38 success']);
    harness.github.close(38);
    await harness.run({ name: 'schedule' });
    expect(states()).toEqual(['pgkeep:pull-37 inactive', 'pgkeep:pull-38 inactive']);
  });

  test('that may not be written costs one line in the log, and nothing else', async () => {
    const token = harness.github.addToken(bot('github-actions'), { pull_requests: 'write', contents: 'read' });
    const step = await harness.on(39, 'opened', {}, { token });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('applied');
    expect(step.annotations).toEqual([]);
    expect(step.log.split('\n').filter(line => line.includes('deployment'))).toEqual([
      expect.stringContaining('deployments: write')
    ]);
  });
});
