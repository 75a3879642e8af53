import { READ_ONLY } from '../clouds/github/github.ts';
import { ask } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import { openHarness } from '../support/harness.ts';

const LIVE = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';

describe('a run for a pull request', () => {
  let harness: EphemeralHarness;
  beforeAll(async () => {
    harness = await openEphemeralHarness();
  });
  afterAll(async () => harness.close());

  test('whose pull request was closed before it began creates nothing', async () => {
    harness.github.seedPull({ number: 1 });
    const event = { name: 'pull_request', number: 1, action: 'synchronize' } as const;
    harness.github.close(1);
    const step = await harness.run(event);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'apply', result: 'no-changes' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect(step.log).toContain('Pull request #1 is closed: it gets no database.');
    expect(await harness.standing()).toEqual([]);
  });

  test('whose pull request is closed meanwhile destroys its database, and says so', async () => {
    harness.github.seedPull({ number: 2 });
    harness.github.fault({ on: LIVE, call: 2, before: () => void harness.github.merge(2) });
    const step = await harness.on(2, 'opened');
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'apply', result: 'destroyed', to_delete: '2' });
    for (const name of ['host', 'password', 'database_url', 'expires_at']) expect(step.outputs[name]).toBeUndefined();
    expect(step.log).toContain('Pull request #2 is merged since this run began');
    expect(harness.github.comments(2).map(({ body }) => body)).toEqual([
      expect.stringContaining('is merged since this run began')
    ]);
    expect(await harness.standing()).toEqual([]);
  });

  test('sets no outputs when the mark belongs to another pull request by the time the database is ready', async () => {
    harness.github.seedPull({ number: 4 });
    const steal = async (): Promise<void> => {
      const [made] = await harness.sql<{ name: string }>(
        "select datname as name from pg_database where datname ~ '^pr_4_'"
      );
      const mark = {
        version: 1,
        repository: 'acme/shop',
        name: 'orders',
        environment: '',
        pullRequest: 5,
        ready: true
      };
      await harness.sql(
        `comment on database ${made?.name} is '${JSON.stringify(mark)}'; comment on role ${made?.name} is '${JSON.stringify(mark)}'`
      );
    };
    harness.github.fault({ on: LIVE, call: 2, before: steal });
    const step = await harness.on(4, 'opened');
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'wrong-database' });
    for (const name of ['host', 'port', 'password', 'database_url', 'db_instance_endpoint']) {
      expect([name, step.outputs[name]]).toEqual([name, undefined]);
    }
    const again = await harness.on(4, 'synchronize');
    expect(again.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    const [stolen] = await harness.sql<{ name: string }>(
      "select rolname as name from pg_roles where rolname ~ '^pr_4_'"
    );
    await harness.sql(`drop database ${stolen?.name}`);
    await harness.sql(`drop role ${stolen?.name}`);
  });

  test('sets no outputs when only the comment on the database was changed', async () => {
    harness.github.seedPull({ number: 5 });
    const steal = async (): Promise<void> => {
      const [made] = await harness.sql<{ name: string }>(
        "select datname as name from pg_database where datname ~ '^pr_5_'"
      );
      const mark = {
        version: 1,
        repository: 'evil/shop',
        name: 'orders',
        environment: '',
        pullRequest: 5,
        ready: true
      };
      await harness.sql(`comment on database ${made?.name} is '${JSON.stringify(mark)}'`);
    };
    await harness.on(5, 'opened');
    harness.github.fault({ on: LIVE, call: 2, before: steal });
    const step = await harness.on(5, 'synchronize');
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'wrong-database' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect((await harness.on(5, 'synchronize')).outputs).toMatchObject({ result: 'applied', to_update: '1' });
  });

  test('goes on when GitHub cannot be asked, and reports that once each time', async () => {
    harness.github.seedPull({ number: 6 });
    const token = harness.github.addToken(
      { login: 'my-app[bot]', id: 3, app: { id: 3, slug: 'my-app', name: 'My App' } },
      {}
    );
    const step = await harness.on(6, 'opened', {}, { token });
    expect(step.outputs['result']).toBe('applied');
    const warnings = step.annotations.filter(({ message }) => message.includes('live state was not read'));
    expect(warnings[0]?.message).toContain('pull-requests: read');
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
  });

  test('works for a fork, whose token may only read', async () => {
    harness.github.seedPull({ number: 9, fork: 'stranger' });
    const token = harness.github.addToken(
      {
        login: 'github-actions[bot]',
        id: 41_898_282,
        app: { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' }
      },
      READ_ONLY
    );
    const step = await harness.on(9, 'opened', {}, { token });
    expect(step.outputs['result']).toBe('applied');
    expect(step.log).toContain('comes from a fork');
  });

  test('in parallel with another of the same pull request ends in one database, one comment, and working outputs', async () => {
    harness.github.seedPull({ number: 10 });
    await harness.job.file(
      'count.sql',
      'create table if not exists runs (at timestamptz default now()); insert into runs default values;'
    );
    const inputs = { init_sql: 'count.sql', extensions: 'citext' };
    const steps = await Promise.all(['opened', 'synchronize'].map(action => harness.on(10, action, inputs)));
    expect(steps.map(({ outputs }) => outputs['failure_reason'])).toEqual([undefined, undefined]);
    expect((await harness.standing()).filter(what => what.endsWith('_10'))).toEqual(['database pr_10', 'role pr_10']);
    expect(harness.github.comments(10)).toHaveLength(1);
    for (const step of steps) expect(await ask(step.outputs['database_url'], 'select count(*)::int from runs')).toBe(1);
  });

  test('that is cancelled ends during long SQL, reports the truth, and is continued by the next', async () => {
    harness.github.seedPull({ number: 11 });
    await harness.job.file('slow.sql', 'create table slow (id int); select pg_sleep(600);');
    const running = await harness.start(11, 'opened', { init_sql: 'slow.sql' });
    await running.saying(/database pr_11_\w+: created/);
    running.kill('SIGTERM');
    const step = await running.done;
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect(step.summary).toContain('initial SQL of pr_11');
    const [comment, ...others] = harness.github.comments(11);
    expect(others).toEqual([]);
    for (const page of [step.summary, comment?.body]) {
      expect(page).toContain('**Not finished: ');
      expect(page).toContain('troubleshooting.md#cancelled');
    }
    const asleep = "select 1 from pg_stat_activity where query like '%sleep(600)%' and pid <> pg_backend_pid()";
    expect(await harness.sql(asleep)).toEqual([]);
    await harness.job.file('slow.sql', 'create table slow (id int);');
    const next = await harness.on(11, 'synchronize', { init_sql: 'slow.sql' });
    expect(next.outputs['result']).toBe('applied');
    expect(await ask(next.outputs['database_url'], 'select count(*)::int from slow')).toBe(0);
  });

  test('shows and uses no text that outsiders can write', async () => {
    const evil = `x'; drop table "a";--\n::set-output name=host::evil\n::add-mask::a\u001b[31m@everyone <!-- pgkeep:x --> \`$(id)\``;
    harness.github.seedPull({
      number: 12,
      title: evil,
      body: evil,
      headRef: evil,
      labels: [evil.slice(0, 40), 'pgkeep-reset\n']
    });
    const step = await harness.on(12, 'opened', { environment: 'preview' });
    expect(step.outputs).toMatchObject({
      result: 'applied',
      database: expect.stringMatching(/^pr_12_[0-9a-f]{8}$/) as string
    });
    const body = harness.github
      .comments(12)
      .map(comment => comment.body)
      .join('\n');
    for (const text of [step.log, step.summary, body]) {
      expect(text).not.toContain('drop table');
      expect(text).not.toContain('::set-output');
      expect(text).not.toContain('everyone');
    }
  });

  test('leaves a limit alone that is not reached, and is refused with a hint when it is', async () => {
    harness.github.seedPull({ number: 20 });
    const standing = (await harness.standing()).filter(what => what.startsWith('database')).length;
    const refused = await harness.on(20, 'opened', { max_ephemeral: String(standing) });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'ephemeral-limit' });
    expect(refused.log).toContain(`there are ${standing} already`);
    expect((await harness.standing()).filter(what => what.endsWith('_20'))).toEqual([]);
    const allowed = await harness.on(20, 'opened', { max_ephemeral: String(standing + 1) });
    expect(allowed.outputs['result']).toBe('applied');
  });
});

test('a run with the rights of the base refuses the code of the pull request, before it reads any of it', async () => {
  const harness = await openHarness();
  try {
    harness.github.seedPull({ number: 7, fork: 'stranger' });
    const job = await harness.job({ name: 'pull_request_target', number: 7 });
    const head = harness.github.issue(7).pull?.headSha ?? '';
    await job.file('.git/HEAD', head);
    await job.file('pgkeep.yml', 'name: [');
    const step = await job.step({ cloud_provider: 'local', config: 'pgkeep.yml', ephemeral: 'instance' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toEqual({
      command: 'auto',
      result: 'failed',
      failure_reason: 'untrusted-checkout',
      unsupported: '[]'
    });
    expect(step.log).toContain('Use the event `pull_request`');
  } finally {
    await harness.close();
  }
});

test('a run with the rights of the base reads no file that its checkout of the base does not have', async () => {
  const harness = await openHarness();
  try {
    harness.github.seedPull({ number: 7, fork: 'stranger' });
    const job = await harness.job({ name: 'pull_request_target', number: 7 });
    await job.file('.git/HEAD', harness.github.issue(7).pull?.baseSha ?? '');
    await job.file('artifact/schema.sql', 'drop schema public');
    const inputs = { cloud_provider: 'local', name: 'orders', init_sql: 'artifact/*.sql', ephemeral: 'instance' };
    const step = await job.step(inputs);
    expect([step.exitCode, step.outputs['failure_reason']]).toEqual([1, 'untrusted-checkout']);
    expect(step.log).toContain('The file artifact/schema.sql is not as the base has it');
  } finally {
    await harness.close();
  }
});
