import { READ_ONLY } from '../clouds/github/github.ts';
import { ask } from '../support/client.ts';
import { openEphemeralStage, type EphemeralStage } from '../support/ephemeral-harness.ts';
import { openStage } from '../support/harness.ts';

const LIVE = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';

describe('a run for a pull request', () => {
  let stage: EphemeralStage;
  beforeAll(async () => {
    stage = await openEphemeralStage();
  });
  afterAll(async () => stage.close());

  test('whose pull request was closed before it began makes nothing', async () => {
    stage.github.seedPull({ number: 1 });
    const event = { name: 'pull_request', number: 1, action: 'synchronize' } as const;
    stage.github.close(1);
    const step = await stage.run(event);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'apply', result: 'no-changes' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect(step.log).toContain('Pull request #1 is closed: it gets no database.');
    expect(await stage.standing()).toEqual([]);
  });

  test('whose pull request is closed meanwhile destroys what it made, and says so', async () => {
    stage.github.seedPull({ number: 2 });
    stage.github.fault({ on: LIVE, call: 2, before: () => void stage.github.merge(2) });
    const step = await stage.on(2, 'opened');
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'apply', result: 'destroyed', to_delete: '2' });
    for (const name of ['host', 'password', 'database_url', 'expires_at']) expect(step.outputs[name]).toBeUndefined();
    expect(step.log).toContain('Pull request #2 is merged since this run began');
    expect(stage.github.comments(2).map(({ body }) => body)).toEqual([
      expect.stringContaining('is merged since this run began')
    ]);
    expect(await stage.standing()).toEqual([]);
  });

  test('whose pull request is closed while it is kept destroys it as well', async () => {
    stage.github.seedPull({ number: 3 });
    await stage.on(3, 'opened');
    stage.github.fault({ on: LIVE, call: 2, before: () => stage.github.close(3) });
    const step = await stage.on(3, 'synchronize');
    expect(step.outputs['result']).toBe('destroyed');
    expect(await stage.standing()).toEqual([]);
  });

  test('hands out nothing when the mark is another pull request’s by the time it is ready', async () => {
    stage.github.seedPull({ number: 4 });
    const steal = async (): Promise<void> => {
      const [made] = await stage.sql<{ name: string }>(
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
      await stage.sql(
        `comment on database ${made?.name} is '${JSON.stringify(mark)}'; comment on role ${made?.name} is '${JSON.stringify(mark)}'`
      );
    };
    stage.github.fault({ on: LIVE, call: 2, before: steal });
    const step = await stage.on(4, 'opened');
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'wrong-database' });
    for (const name of ['host', 'port', 'password', 'database_url', 'db_instance_endpoint']) {
      expect([name, step.outputs[name]]).toEqual([name, undefined]);
    }
    const again = await stage.on(4, 'synchronize');
    expect(again.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    const [stolen] = await stage.sql<{ name: string }>("select rolname as name from pg_roles where rolname ~ '^pr_4_'");
    await stage.sql(`drop database ${stolen?.name}`);
    await stage.sql(`drop role ${stolen?.name}`);
  });

  test('hands out nothing when only the comment on the database was changed', async () => {
    stage.github.seedPull({ number: 5 });
    const steal = async (): Promise<void> => {
      const [made] = await stage.sql<{ name: string }>(
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
      await stage.sql(`comment on database ${made?.name} is '${JSON.stringify(mark)}'`);
    };
    await stage.on(5, 'opened');
    stage.github.fault({ on: LIVE, call: 2, before: steal });
    const step = await stage.on(5, 'synchronize');
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'wrong-database' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect((await stage.on(5, 'synchronize')).outputs).toMatchObject({ result: 'applied', to_update: '1' });
  });

  test('goes on when GitHub can not be asked, and says so once each time', async () => {
    stage.github.seedPull({ number: 6 });
    const token = stage.github.addToken(
      { login: 'my-app[bot]', id: 3, app: { id: 3, slug: 'my-app', name: 'My App' } },
      {}
    );
    const step = await stage.on(6, 'opened', {}, { token });
    expect(step.outputs['result']).toBe('applied');
    const warnings = step.annotations.filter(({ message }) => message.includes('live state was not read'));
    expect(warnings[0]?.message).toContain('pull-requests: read');
    expect(await ask(step.outputs['database_url'], 'select 1')).toBe(1);
  });

  test('works for a fork, whose token may only read', async () => {
    stage.github.seedPull({ number: 9, fork: 'stranger' });
    const token = stage.github.addToken(
      {
        login: 'github-actions[bot]',
        id: 41_898_282,
        app: { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' }
      },
      READ_ONLY
    );
    const step = await stage.on(9, 'opened', {}, { token });
    expect(step.outputs['result']).toBe('applied');
    expect(step.log).toContain('comes from a fork');
  });

  test('beside another of the same pull request ends in one database, one comment, and outputs that serve', async () => {
    stage.github.seedPull({ number: 10 });
    await stage.job.file(
      'count.sql',
      'create table if not exists runs (at timestamptz default now()); insert into runs default values;'
    );
    const inputs = { init_sql: 'count.sql', extensions: 'citext' };
    const both = await Promise.all([stage.start(10, 'opened', inputs), stage.start(10, 'synchronize', inputs)]);
    const steps = await Promise.all(both.map(({ done }) => done));
    expect(steps.map(({ outputs }) => outputs['failure_reason'])).toEqual([undefined, undefined]);
    expect((await stage.standing()).filter(what => what.endsWith('_10'))).toEqual(['database pr_10', 'role pr_10']);
    expect(stage.github.comments(10)).toHaveLength(1);
    for (const step of steps) expect(await ask(step.outputs['database_url'], 'select count(*)::int from runs')).toBe(1);
  });

  test('that is cancelled ends although its SQL does not, tells the truth, and is gone on with by the next', async () => {
    stage.github.seedPull({ number: 11 });
    await stage.job.file('slow.sql', 'create table slow (id int); select pg_sleep(600);');
    const running = await stage.start(11, 'opened', { init_sql: 'slow.sql' });
    await running.saying(/database pr_11_\w+: created/);
    running.kill('SIGTERM');
    const step = await running.done;
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
    expect(step.outputs['database_url']).toBeUndefined();
    expect(step.summary).toContain('initial SQL of pr_11');
    expect(stage.github.comments(11)).toHaveLength(1);
    await stage.job.file('slow.sql', 'create table slow (id int);');
    const next = await stage.on(11, 'synchronize', { init_sql: 'slow.sql' });
    expect(next.outputs['result']).toBe('applied');
    expect(await ask(next.outputs['database_url'], 'select count(*)::int from slow')).toBe(0);
  });

  test('shows and uses nothing of what strangers can write', async () => {
    const evil = `x'; drop table "a";--\n::set-output name=host::evil\n::add-mask::a\u001b[31m@everyone <!-- pgkeep:x --> \`$(id)\``;
    stage.github.seedPull({
      number: 12,
      title: evil,
      body: evil,
      headRef: evil,
      labels: [evil.slice(0, 40), 'pgkeep-reset\n']
    });
    const step = await stage.on(12, 'opened', { environment: 'preview' });
    expect(step.outputs).toMatchObject({
      result: 'applied',
      database: expect.stringMatching(/^pr_12_[0-9a-f]{8}$/) as string
    });
    const body = stage.github
      .comments(12)
      .map(comment => comment.body)
      .join('\n');
    for (const text of [step.log, step.summary, body]) {
      expect(text).not.toContain('drop table');
      expect(text).not.toContain('::set-output');
      expect(text).not.toContain('everyone');
    }
  });

  test('leaves a cap alone that is not reached, and is refused politely when it is', async () => {
    stage.github.seedPull({ number: 20 });
    const standing = (await stage.standing()).filter(what => what.startsWith('database')).length;
    const refused = await stage.on(20, 'opened', { max_ephemeral: String(standing) });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'ephemeral-limit' });
    expect(refused.log).toContain(`there are ${standing} already`);
    expect((await stage.standing()).filter(what => what.endsWith('_20'))).toEqual([]);
    const allowed = await stage.on(20, 'opened', { max_ephemeral: String(standing + 1) });
    expect(allowed.outputs['result']).toBe('applied');
    expect((await stage.on(20, 'synchronize', { max_ephemeral: '1' })).outputs['result']).toBe('no-changes');
  });
});

test('a run with the rights of the base refuses the code of the pull request, before it reads anything of it', async () => {
  const stage = await openStage();
  try {
    stage.github.seedPull({ number: 7, fork: 'stranger' });
    const job = await stage.job({ name: 'pull_request_target', number: 7 });
    const head = stage.github.issue(7).pull?.headSha ?? '';
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
    await stage.close();
  }
});
