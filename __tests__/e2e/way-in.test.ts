import { readFile } from 'node:fs/promises';
import type { EventChoice } from '../clouds/github/events.ts';
import { ask, query } from '../support/client.ts';
import { openDigitalOcean, type DigitalOceanHarness } from '../support/digitalocean-harness.ts';
import { digitaloceanRun } from '../support/digitalocean-run.ts';
import { startEcho, type EchoService } from '../support/echo-service.ts';
import { gateTo, type Gate } from '../support/gate.ts';
import { planOf } from '../support/harness.ts';
import { printedInputs } from '../support/moves-in.ts';
import type { Job, Step } from '../support/job.ts';

type Inputs = Readonly<Record<string, string>>;

const RUNNER = '203.0.113.7';
const OPEN = 'PUT /databases/{id}/firewall';

describe('a real server behind the firewall of a cloud', () => {
  let on: DigitalOceanHarness;
  let machine: Job;
  let server: Step;
  let gate: Gate;
  let echo: EchoService;
  let lasting: Inputs;
  const sources = (): readonly string[] => on.digitalocean.cluster('orders').rules.map(({ value }) => value);
  const before = ['198.51.100.0/24'];

  beforeAll(async () => {
    [on, echo] = await Promise.all([openDigitalOcean(), startEcho(RUNNER)]);
    lasting = {
      ...on.example('digitalocean-basic'),
      name: 'orders',
      allowed_cidr_blocks: '198.51.100.0/24',
      runner_address_service: echo.url
    };
    on.harness.github.seedPull({ number: 5 });
    await (await digitaloceanRun(on.digitalocean, lasting)).apply();
    machine = await on.job();
    const password = on.digitalocean.cluster('orders').users.get('doadmin')?.password ?? '';
    const login = { master_username: 'doadmin', master_password: password, database_name: 'defaultdb' };
    const real = { cloud_provider: 'local', name: 'cluster', engine_version: '17', tls: 'true' };
    server = await machine.step({ ...real, ...login });
    await query(server.outputs['database_url'], 'create database learning_assistant');
    gate = await gateTo({ port: Number(server.outputs['port']) }, () => sources().includes(RUNNER));
    const ca = await readFile(server.outputs['ca_certificate_path'] ?? '', 'utf8');
    on.digitalocean.state.place = { host: gate.host, port: gate.port, ca };
  }, 120_000);
  afterAll(async () => {
    await gate.close();
    await machine.end();
    await Promise.all([echo.stop(), on.close()]);
  });
  afterEach(() => {
    echo.says(RUNNER);
    on.digitalocean.clearFaults();
  });
  const step = async (inputs: Inputs, event?: EventChoice): Promise<Step> => on.step({ ...lasting, ...inputs }, event);

  test('is not reached without a rule, which one line says with the way out', async () => {
    const applied = await step({});
    expect(applied.outputs['result']).toBe('no-changes');
    const { notices } = await planOf(applied);
    const [notice] = notices.filter(({ code }) => code === 'not-reached');
    expect(notice?.message).toMatch(/did not reach it at .*runner_access/);
    expect(applied.log.split('\n').filter(line => line.includes('did not reach it'))).toHaveLength(1);
  }, 60_000);

  test('is reached with TLS verified while the step runs, and closed at its end', async () => {
    const applied = await step({ runner_access: 'true' });
    expect(applied.outputs['result']).toBe('no-changes');
    expect(applied.log).toMatch(/Connected to .* through a rule for this runner: PostgreSQL 17[.\d]*, TLS on/);
    expect(sources()).toEqual(before);
    const { notices } = await planOf(applied);
    expect(notices.map(({ code }) => code)).not.toContain('not-reached');
  }, 60_000);

  test('stays open for the job where that is asked for, and the post step closes it with the inputs of its main step', async () => {
    const job = await on.job();
    const main = await job.step({ ...lasting, runner_access: 'job' });
    expect(sources()).toEqual([...before, RUNNER]);
    const post = await job.post(main, 'success', { name: 'of-the-outer-action', environment: 'staging' });
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain('Closed the firewall of orders to this runner');
    expect(sources()).toEqual(before);
  }, 60_000);

  test('is closed by the post step after the step was killed while it opened, or where the machine is lost by the sweep, once it has expired', async () => {
    const job = await on.job();
    const running = await job.start({ ...lasting, runner_access: 'true' });
    on.digitalocean.killAfter(OPEN, 1, () => running.kill('SIGKILL'));
    const main = await running.done;
    expect(main.signal).toBe('SIGKILL');
    on.digitalocean.clearFaults();
    expect(sources()).toEqual([...before, RUNNER]);
    const { rules: left } = on.digitalocean.cluster('orders');
    await job.post(main, 'cancelled');
    expect(sources()).toEqual(before);
    on.digitalocean.cluster('orders').rules = left;
    const sweep = { command: 'sweep', runner_access: 'true' };
    const early = await step(sweep);
    expect(early.outputs['result']).toBe('no-changes');
    expect(sources()).toEqual([...before, RUNNER]);
    const cluster = on.digitalocean.cluster('orders');
    cluster.rules = cluster.rules.map(rule => ({
      ...rule,
      ...(rule.description === undefined
        ? {}
        : { description: rule.description.replace(/\d{8}T\d{6}Z$/, '20200101T000000Z') })
    }));
    const dry = await step({ ...sweep, dry_run: 'true' });
    expect(dry.outputs).toMatchObject({ result: 'planned', to_delete: '1' });
    const swept = await step(sweep);
    expect(swept.outputs).toMatchObject({ result: 'swept', to_delete: '1' });
    expect(swept.log).toMatch(/rule pgkeep-run-\S+ of orders, for 203\.0\.113\.7: removed \(expired 2020-01-01/);
    expect(sources()).toEqual(before);
  }, 90_000);

  test('is opened by no plan, and by no answer that is not one public address', async () => {
    const writes = on.digitalocean.mutations().length;
    const planned = await step({ command: 'plan', runner_access: 'true' });
    expect(planned.outputs['result']).toBe('no-changes');
    echo.says('0.0.0.0/0');
    const applied = await step({ runner_access: 'true' });
    expect(applied.outputs['result']).toBe('no-changes');
    expect(applied.log).toContain('Could not find out the address of this runner');
    expect(on.digitalocean.mutations()).toHaveLength(writes);
  }, 60_000);

  test('gets databases, roles and extensions through the rule, and gives out the login of the application', async () => {
    const objects = {
      password_seed: 'a long seed that only this repository knows',
      extensions: 'citext',
      databases: 'sales: { extensions: [hstore] }',
      roles: 'sales_app: { access: { sales: readwrite } }',
      application_role: 'sales_app'
    };
    const made = await step({ ...objects, runner_access: 'true' });
    expect(made.outputs).toMatchObject({ result: 'applied', database: 'sales', username: 'sales_app' });
    const own = made.outputs['database_url']?.replace(`:${gate.port}/`, `:${server.outputs['port'] ?? ''}/`);
    expect(
      await ask(own, "select current_user || ' ' || (select extname from pg_extension where extname = 'hstore')")
    ).toBe('sales_app hstore');
    expect((await step({ ...objects, runner_access: 'true' })).outputs['result']).toBe('no-changes');
    expect(sources()).toEqual(before);
    const blind = await step({ ...objects, command: 'check' });
    expect(blind.exitCode).toBe(1);
    expect(blind.log).toMatch(/What is inside the server was not compared.*Left to do.*role sales_app/);
    const allowed = await step({ ...objects, command: 'check', allow_unknown: 'true' });
    expect(allowed.exitCode).toBe(0);
  }, 90_000);

  test('gets the database of a pull request through the rule, and loses it again', async () => {
    const seed = { ephemeral: 'database', password_seed: 'a long seed that only this repository knows' };
    const opened = { name: 'pull_request', number: 5, action: 'opened' } as const;
    const refused = await step(seed, opened);
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-reachable' });
    expect(refused.log).toContain('runner_access: true');
    const made = await step({ ...seed, runner_access: 'true' }, opened);
    expect(made.outputs['result']).toBe('applied');
    const own = made.outputs['database_url']?.replace(`:${gate.port}/`, `:${server.outputs['port'] ?? ''}/`);
    expect(await ask(own, 'select current_user = current_database()')).toBe(true);
    expect(sources()).toEqual(before);
    on.harness.github.close(5);
    const gone = await step({ ...seed, runner_access: 'true' }, { ...opened, action: 'closed' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(sources()).toEqual(before);
  }, 90_000);

  test('lets an import name databases, logins and extensions, which the adoption only marks', async () => {
    const url = server.outputs['database_url'];
    await query(url, "create role reporting login password 'of its own' connection limit 3");
    await query(url, 'create database archive connection limit 20');
    await query(url?.replace(/\/defaultdb\b/, '/archive'), 'create extension if not exists hstore');
    expect((await step({ command: 'release' })).outputs['result']).toBe('released');
    const place = { cloud_provider: 'digitalocean', name: 'orders', command: 'import' };
    const blind = await on.step(place);
    expect(blind.log).toMatch(
      /Left unmanaged: databases, roles and extensions in the server \(not read, .*runner_access: true/
    );
    const cluster = on.digitalocean.cluster('orders');
    cluster.rules = [...cluster.rules, { uuid: on.digitalocean.state.uuid(), type: 'ip_addr', value: RUNNER }];
    const writes = on.digitalocean.mutations().length;
    const imported = await on.step(place);
    expect(on.digitalocean.mutations()).toHaveLength(writes);
    // What the login sees is not told once more by the lists of the cloud.
    expect(blind.log).toContain('Left unmanaged: databases learning_assistant');
    expect(imported.log).not.toMatch(/Left unmanaged: (databases|users) /);
    const inputs = printedInputs(imported);
    expect(JSON.parse(inputs['databases'] ?? '')).toMatchObject({
      archive: { connection_limit: '20', extensions: ['hstore'] }
    });
    expect(JSON.parse(inputs['roles'] ?? '')).toMatchObject({ reporting: { connection_limit: '3' } });
    const plan = await planOf(await on.step({ ...inputs, command: 'plan' }));
    const steps = plan.steps.filter(({ action }) => action !== 'none');
    expect(steps.map(({ action, changes }) => [action, changes.length])).toEqual(steps.map(() => ['adopt', 0]));
    expect(steps.map(({ address }) => address)).toEqual(expect.arrayContaining(['database/archive', 'role/reporting']));
    const facts = `select (select datdba::text || coalesce(datacl::text, '') from pg_database where datname = 'archive')`;
    const held = await ask(url, facts);
    expect((await on.step(inputs)).outputs['result']).toBe('applied');
    const { adopt_existing: _, ...kept } = inputs;
    expect((await on.step({ ...kept, command: 'plan' })).outputs['result']).toBe('no-changes');
    expect(printedInputs(await on.step(place))).toEqual(inputs);
    const marks = `select count(*)::text from pg_database d, pg_roles r where d.datname = 'archive' and r.rolname = 'reporting'
      and shobj_description(d.oid, 'pg_database') like '{%' and shobj_description(r.oid, 'pg_authid') like '{%'`;
    expect(await ask(url, marks)).toBe('1');
    expect((await on.step({ ...kept, command: 'release' })).outputs['result']).toBe('released');
    expect([await ask(url, marks), await ask(url, facts)]).toEqual(['0', held]);
    cluster.rules = cluster.rules.filter(({ value }) => value !== RUNNER);
  }, 90_000);
});
