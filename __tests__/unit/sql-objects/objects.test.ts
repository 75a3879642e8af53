import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuseMapped } from '../../../src/inputs/strict.ts';
import { openSqlSession, withSqlSession, type ConnectionTarget } from '../../../src/postgres/connection.ts';
import { directWayIn } from '../../../src/postgres/direct-way-in.ts';
import { preloaded } from '../../../src/providers/extension-rules.ts';
import { ask } from '../../support/client.ts';
import { objectsServer, type ObjectsServer } from '../../support/objects-server.ts';
import { refusalOf, rows, run, urlOf } from '../../support/pull-request-database.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../support/real-server.ts';
import { until } from '../../support/until.ts';

let clusters: TestClusters;
let cluster: TestCluster;
let root: ConnectionTarget;
let admin: ConnectionTarget;
let server: ObjectsServer;
beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create({ major: 17 });
  await cluster.start();
  root = cluster.target();
  await run(root, "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'", 'CREATE DATABASE app OWNER keeper');
  admin = cluster.target({ user: 'keeper', password: 'keeper', database: 'app' });
  server = objectsServer(admin);
});
afterAll(async () => clusters.remove());

const { signal } = new AbortController();
const SEED = { password_seed: 'a seed of more than 16' };

test('nothing inside is looked at unless an input asks for it', async () => {
  const way = { kind: 'not-reachable', why: 'never asked', hint: '' } as const;
  const { plan } = await server.plan({}, { way });
  expect(plan.counts.unknown).toBe(0);
});

test('given passwords keep every odd character', async () => {
  const odd = `a'b"c\\d $x$ ü€ %20 : # {y}`;
  const inputs = {
    role_passwords: `odd: ${JSON.stringify(odd)}`,
    roles: { odd: { access: { app: 'readwrite' } } },
    application_role: 'odd'
  };
  await expect(server.apply({ ...inputs, role_passwords: 'one word' })).rejects.toMatchObject({
    hint: expect.stringContaining('Write one `name: password` a line, each password in quotes') as string
  });
  const { outputs, notices } = await server.apply(inputs);
  expect(await ask(urlOf(outputs), 'select current_user::text')).toBe('odd');
  expect(outputs?.endpoint.password).toBe(odd);
  expect(notices).toEqual([]);
  const typo = await server.plan({ ...inputs, role_passwords: `od: ${JSON.stringify(odd)}\nelse: "a word"` });
  expect(typo.notices.filter(({ code }) => code === 'password-unused').map(({ message }) => message)).toEqual([
    '`role_passwords` names od, which `roles` does not. Did you mean `odd`?',
    '`role_passwords` names else, which `roles` does not.'
  ]);
});

test('passwords that no later run can know are told', async () => {
  const roles = { once: { access: { app: 'readonly' } } };
  const { notices } = await server.plan({ roles });
  expect(notices.map(({ code }) => code)).toEqual(['password-once']);
  // What it names makes a password that a later job knows as well.
  const inputs = { ...SEED, roles, application_role: 'once' };
  expect((await server.apply(inputs)).notices).toEqual([]);
  expect(await ask(urlOf(await server.outputs(inputs)), 'select current_user::text')).toBe('once');
});

test('roles and databases of others are named and left alone, until they are taken over', async () => {
  await run(root, 'CREATE ROLE theirs LOGIN', 'CREATE DATABASE foreign_one');
  const inputs = { ...SEED, databases: ['foreign_one'], roles: { theirs: { access: { app: 'readonly' } } } };
  await expect(server.plan(inputs)).rejects.toThrow(/keeper lacks the ADMIN option.*change theirs/s);
  await run(root, 'GRANT theirs TO keeper WITH ADMIN OPTION');
  const { plan } = await server.plan(inputs);
  const refused = plan.steps.filter(({ action }) => action === 'blocked');
  expect(refused.map(({ address, refusal }) => [address, refusal?.rule])).toEqual([
    ['database/foreign_one', 'not-ours'],
    ['role/theirs', 'not-ours']
  ]);
  const roles = { ...SEED, roles: inputs.roles };
  expect((await server.apply(roles, { adopts: true })).steps).toContain('adopt role/theirs');
});

test('a database and a login that are taken over keep owner, rights and password, and only get a mark', async () => {
  await run(root, "CREATE ROLE bi LOGIN PASSWORD 'bi' CONNECTION LIMIT 7", 'GRANT bi TO keeper WITH ADMIN OPTION');
  await run(
    root,
    'CREATE DATABASE billing OWNER keeper',
    'CREATE DATABASE closed OWNER keeper ALLOW_CONNECTIONS false'
  );
  const inputs = { ...SEED, databases: { billing: {}, closed: '' }, roles: { bi: '' } };
  const facts = `select (select json_agg(json_build_array(datname, pg_get_userbyid(datdba), datacl, datallowconn)) from pg_database
      where datname in ('billing', 'closed')) as databases,
    (select json_agg(json_build_array(rolname, rolconnlimit, rolpassword)) from pg_authid where rolname in ('bi', 'billing_owner')) as roles`;
  const before = await rows(root, facts);
  const { steps } = await server.apply(inputs, { adopts: true });
  expect(steps.toSorted()).toEqual(['adopt database/billing', 'adopt database/closed', 'adopt role/bi']);
  expect(await rows(root, facts)).toEqual(before);
  expect((await server.plan(inputs)).steps).toEqual([]);
  const asked = {
    ...inputs,
    databases: { billing: { connection_limit: '5' } },
    roles: { bi: { connection_limit: '8' } }
  };
  expect((await server.apply(asked)).steps).toEqual(['update database/billing', 'update role/bi']);
  // Access brings the groups, as for any other database.
  const grouped = { ...asked, roles: { bi: { access: { billing: 'readonly' } } } };
  expect((await server.plan(grouped)).steps).toContain('create role/billing_owner');
});

test('a database that the admin can not mark is refused before it is taken over', async () => {
  await run(root, 'CREATE DATABASE of_root');
  await expect(server.plan({ databases: ['of_root'] }, { adopts: true })).rejects.toThrow(
    /of_root" can't be taken over: postgres owns it, and keeper is not a member/
  );
});

test('a role of another environment of this repository is foreign', async () => {
  await run(
    root,
    'CREATE ROLE staging_app LOGIN',
    'GRANT staging_app TO keeper WITH ADMIN OPTION',
    `COMMENT ON ROLE staging_app IS '{"version":1,"repository":"acme/shop","name":"orders","environment":"staging"}'`
  );
  const { plan } = await server.plan({ ...SEED, roles: { staging_app: { access: { app: 'readonly' } } } });
  expect(plan.steps.find(({ address }) => address === 'role/staging_app')).toMatchObject({
    action: 'blocked',
    refusal: { rule: 'not-ours' }
  });
});

test('what came along with a restored server goes where the inputs say `absent`, and else stays', async () => {
  const mark = (name: string, repository = 'acme/shop') =>
    `'{"version":1,"repository":"${repository}","name":"${name}","environment":"production"}'`;
  const marked = (role: string, comment: string): readonly string[] => [
    `CREATE ROLE ${role} LOGIN`,
    `COMMENT ON ROLE ${role} IS ${comment}`
  ];
  await run(
    root,
    ...['gone', 'left'].flatMap(name => marked(`brought_${name}`, mark('production'))),
    ...marked('of_others', mark('production', 'acme/other')),
    ...['owner', 'readwrite', 'readonly'].flatMap(group => marked(`brought_${group}`, mark('production'))),
    'CREATE DATABASE brought OWNER brought_owner'
  );
  const whole = objectsServer({ ...root, database: 'app' });
  const gone = { roles: { brought_gone: 'absent', of_others: 'absent' }, databases: { brought: 'absent' } };
  const refused = (await whole.plan(gone)).plan.steps.filter(({ action }) => action === 'blocked');
  expect(refused.map(({ address }) => address)).toContain('role/brought_gone');
  const inputs = { ...gone, restore_source: 'production', roles: { brought_gone: 'absent' } };
  const { steps } = await whole.apply(inputs);
  expect(steps.filter(one => one.includes('brought')).toSorted()).toEqual([
    ...['database/brought', 'role/brought_gone'].map(address => `delete ${address}`),
    ...['owner', 'readonly', 'readwrite'].map(group => `delete role/brought_${group}`)
  ]);
  const stays = "select rolname from pg_roles where rolname ~ '^(brought|of_others)' order by 1";
  expect(await rows(root, stays)).toEqual([{ rolname: 'brought_left' }, { rolname: 'of_others' }]);
  expect((await whole.plan(inputs)).steps).toEqual([]);
});

test('missing rights of the admin are named before anything is done', async () => {
  await run(root, "CREATE ROLE weak LOGIN PASSWORD 'weak'");
  const weak = objectsServer({ ...admin, user: 'weak', password: 'weak' });
  await expect(weak.plan({ ...SEED, databases: ['sales'] })).rejects.toThrow(
    /weak lacks CREATEDB.*sales.*weak lacks CREATEROLE.*sales_owner/s
  );
});

test('a right that PostgreSQL only warns about is found missing', async () => {
  await run(root, 'CREATE DATABASE others', 'GRANT CONNECT ON DATABASE others TO keeper');
  const others = objectsServer({ ...admin, database: 'others' });
  await expect(others.apply({ ...SEED, roles: { reader: { access: { others: 'readonly' } } } })).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining('PostgreSQL gave a warning and changed nothing') as string
  });
});

test('rights that another session changes at the same moment are given again', async () => {
  await run(root, 'CREATE ROLE rival', 'CREATE DATABASE contested OWNER keeper');
  const contested = objectsServer({ ...admin, database: 'contested' });
  const inputs = { ...SEED, roles: { both: { access: { contested: 'readwrite' } } } };
  const work = await withSqlSession(root, signal, async rival => {
    await rival.query('BEGIN');
    await rival.query('GRANT CONNECT ON DATABASE contested TO rival');
    const applied = contested.apply(inputs);
    const waits =
      "select 1 from pg_stat_activity where query like '%ON DATABASE%contested%' and wait_event_type = 'Lock'";
    await until(async () => (await rows(root, waits)).length > 0);
    await rival.query('COMMIT');
    return applied;
  });
  expect(work.lines.join('\n')).toContain('tuple concurrently updated');
  expect((await contested.plan(inputs)).steps).toEqual([]);
});

test('objects of others and a schema that is open to all are told, and no right on them is claimed', async () => {
  await run(root, 'CREATE DATABASE mixed OWNER keeper');
  const mixed = objectsServer({ ...admin, database: 'mixed' });
  const inputs = { ...SEED, roles: { mixed_reader: { access: { mixed: 'readonly' } } } };
  expect((await mixed.plan(inputs)).notices).toEqual([]);
  await run(
    { ...root, database: 'mixed' },
    'CREATE TABLE theirs (id int)',
    'CREATE TABLE ours (id int)',
    'ALTER TABLE ours OWNER TO keeper',
    'GRANT CREATE ON SCHEMA public TO PUBLIC'
  );
  const { outputs, notices } = await mixed.apply({ ...inputs, application_role: 'mixed_reader' });
  expect(notices.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    expect.stringMatching(/^objects-of-others: .*what others own: public\.theirs\. Give these objects to mixed_owner/),
    expect.stringMatching(/^public-schema-open: .*public of mixed.*REVOKE CREATE ON SCHEMA public FROM PUBLIC/)
  ]);
  expect(await refusalOf(urlOf(outputs), 'select * from ours')).toBe('allowed');
  expect(await refusalOf(urlOf(outputs), 'select * from theirs')).toBe('42501');
  expect((await mixed.plan(inputs)).steps).toEqual([]);
});

test('an extension is brought to a newer version only when that is asked for', async () => {
  await run({ ...root, database: 'app' }, "CREATE EXTENSION hstore VERSION '1.4'");
  await run(
    { ...root, database: 'app' },
    "UPDATE pg_extension SET extowner = 'keeper'::regrole WHERE extname = 'hstore'"
  );
  const inputs = { ...SEED, extensions: 'hstore' };
  expect((await server.plan(inputs)).steps).toEqual([]);
  const asked = { ...inputs, update_extensions: 'true' };
  const { plan, steps } = await server.apply(asked);
  expect(steps).toEqual(['update extension/hstore']);
  const [change] = plan.steps.flatMap(({ changes }) => changes);
  expect(change).toMatchObject({ field: 'version', from: '1.4', impact: 'online' });
  expect((await server.plan(asked)).steps).toEqual([]);
});

test('an extension that is not there fails with the nearest name, also where no plan could see that', async () => {
  const late = { ...SEED, databases: { late: { extensions: ['pgcrypt'] } } };
  await expect(server.plan(late)).rejects.toThrow(/pgcrypt.*did you mean `pgcrypto`/);
});

test('a password that was never sent to a role is not given out', async () => {
  await run(root, "CREATE ROLE veteran LOGIN PASSWORD 'of its own'", 'GRANT veteran TO keeper WITH ADMIN OPTION');
  const access = { app: 'readonly' };
  const inputs = { ...SEED, roles: { veteran: { access } }, application_role: 'veteran' };
  for (const applied of [await server.apply(inputs, { adopts: true }), await server.apply(inputs)]) {
    expect(applied.outputs?.endpoint).toMatchObject({ username: 'veteran' });
    expect(applied.outputs?.endpoint.password).toBeUndefined();
    expect(applied.lines.join('\n')).toMatch(/veteran was taken over.*`password_version`/);
  }
  expect((await server.outputs(inputs))?.endpoint.password).toBeUndefined();
  const given = { ...inputs, role_passwords: "veteran: 'of its own'" };
  expect(await ask(urlOf(await server.outputs(given)), 'select current_user::text')).toBe('veteran');
  const sent = { ...inputs, roles: { veteran: { access, password_version: '1' } } };
  expect(await ask(urlOf((await server.apply(sent)).outputs), 'select current_user::text')).toBe('veteran');
  expect(await ask(urlOf(await server.outputs(sent)), 'select current_user::text')).toBe('veteran');
});

test('the login of a role that is not there is not given out, with a known password either', async () => {
  const inputs = { roles: { missing: { access: { app: 'readonly' } } }, application_role: 'missing' };
  for (const known of [SEED, { role_passwords: "missing: 'of its own'" }]) {
    await expect(server.outputs({ ...inputs, ...known })).rejects.toMatchObject({ code: 'not-found' });
  }
});

test('an extension that the allow-list of the server leaves out is refused with the list to set', async () => {
  await run(root, "ALTER ROLE keeper SET azure.extensions = 'CITEXT'");
  const rules = { allowList: { parameter: 'azure.extensions', initial: '' }, libraries: {} };
  const inputs = { ...SEED, databases: { listed: { extensions: ['citext', 'ltree'] } } };
  await expect(server.plan(inputs, { rules })).rejects.toThrow(/ltree.*`azure\.extensions: "CITEXT,ltree"`/);
  const asked = { ...inputs, parameters: { 'azure.extensions': 'citext,ltree' } };
  expect((await server.plan(asked, { rules })).steps).toContain('create extension/listed.ltree');
  await run(root, 'ALTER ROLE keeper RESET ALL');
});

test('initial SQL that could not be recorded is refused before it runs', async () => {
  await run(root, 'CREATE DATABASE clouds_own', 'GRANT CREATE ON DATABASE clouds_own TO keeper');
  const own = objectsServer({ ...admin, database: 'clouds_own' });
  const workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  writeFileSync(join(workspace, 'once.sql'), 'create schema once');
  const inputs = { ...SEED, init_sql: ['once.sql'] };
  await expect(own.plan(inputs, { workspace })).rejects.toThrow(
    /can't be recorded in clouds_own: postgres owns.*keeper is not a member/
  );
  await run(root, 'ALTER DATABASE clouds_own OWNER TO keeper');
  expect((await own.apply(inputs, { workspace })).steps).toEqual(['create init-sql']);
  expect((await own.plan(inputs, { workspace })).steps).toEqual([]);
});

test("the server's own database that an interrupted DROP left is refused with what repairs it", async () => {
  await run(root, 'CREATE DATABASE halfway OWNER keeper');
  await run(root, "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'halfway'");
  const halfway = objectsServer({ ...admin, database: 'halfway' });
  await expect(halfway.plan({ ...SEED, database_name: 'halfway', extensions: 'citext' })).rejects.toThrow(
    /halfway.*a DROP DATABASE of it was interrupted/
  );
});

test.each([
  [{ roles: { app_owner: { access: { app: 'owner' } } } }, /is the name of a group/],
  [{ roles: { one: { access: { sails: 'owner' } } }, databases: ['sales'] }, /sails.*did you mean `sales`/],
  [{ roles: { one: { access: { app: 'admin' } } } }, /owner, readwrite, readonly/],
  [{ roles: { pg_one: { access: { app: 'owner' } } } }, /keeps for itself/],
  [{ databases: ['rdsadmin'] }, /keeps for itself/],
  [{ application_role: 'one' }, /not a key of `roles`/],
  [{ databases: { app: { connection_limit: '7' } } }, /"app" is the database that .* no `connection_limit`/],
  [{ extensions: 'pgvectr', databases: { sales: { extensions: ['uuid_ossp'] } } }, /did you mean `uuid-ossp`/],
  [{ databases: { sales: { owner: 'me' } } }, /databases/]
])('%j is refused', async (inputs, message) => {
  await expect(server.plan({ ...SEED, ...inputs })).rejects.toThrow(message);
});

test('a way in without sessions looks and changes nothing, and the direct one changes', async () => {
  const inputs = { ...SEED, roles: { locked: { access: { app: 'readonly' } } } };
  const way = { ...directWayIn(admin), keepsSession: false };
  expect((await server.plan(inputs, { way })).steps).toContain('create role/locked');
  expect((await server.apply(inputs, { way })).lines.join()).toMatch(/no lock holds.*Set `connect_through: connector`/);
  const applied = { ...inputs, application_role: 'locked' };
  await expect(server.apply(applied, { way })).rejects.toMatchObject({
    hint: 'Apply `roles` from a runner that reaches the server, or remove `application_role`.'
  });
  const { outputs, lines } = await server.apply(applied);
  expect(lines.join()).not.toContain('connect_through');
  expect(await ask(urlOf(outputs), 'select current_user::text')).toBe('locked');
});

test('a server out of reach is planned as unknown, and strict refuses', async () => {
  const way = directWayIn({ ...admin, port: 1, connectTimeoutSeconds: 1 });
  const inputs = { ...SEED, databases: ['sales'], roles: { app: { access: { sales: 'readwrite' } } } };
  const { plan, notices, steps } = await server.plan(inputs, { way });
  expect(steps).toEqual([]);
  expect(plan.counts.unknown).toBeGreaterThan(5);
  expect(() => refuseMapped(notices, true)).toThrow(/not reachable from this runner/);
  expect(notices.map(({ code, message }) => [code, message])).toEqual([
    ['not-reachable', expect.stringContaining('not reachable from this runner') as string]
  ]);
});

test('a password that the server refuses is a reason not to compare', async () => {
  const way = directWayIn({ ...admin, password: 'wrong' });
  const { notices } = await server.plan({ ...SEED, databases: ['sales'] }, { way });
  expect(notices[0]?.message).toMatch(/password authentication failed/);
});

test('initial SQL that has run does not run again when its database changes', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  writeFileSync(join(workspace, 'once.sql'), 'create table once (id int); insert into once values (1)');
  const kept = { init_sql: ['once.sql'] };
  await server.apply({ ...SEED, databases: { kept } }, { workspace });
  const changed = { ...SEED, databases: { kept: { ...kept, connection_limit: '6' } } };
  expect((await server.apply(changed, { workspace })).steps).toEqual(['update database/kept']);
});

test('two runs at once make one of everything', async () => {
  const inputs = { ...SEED, databases: ['twice'], roles: { twice_app: { access: { twice: 'readwrite' } } } };
  const ended = await Promise.allSettled([server.apply(inputs), server.apply(inputs)]);
  expect(ended.some(({ status }) => status === 'fulfilled')).toBe(true);
  const { outputs } = await server.apply({ ...inputs, application_role: 'twice_app' });
  expect((await server.plan(inputs)).steps).toEqual([]);
  expect(await refusalOf(urlOf(outputs), 'select 1')).toBe('allowed');
});

test('a database without a free connection keeps nothing else from being compared, and its limit can be raised', async () => {
  const limited = (limit: string) => ({
    ...SEED,
    databases: { narrow: { connection_limit: limit, extensions: ['citext'] } }
  });
  await server.apply(limited('1'));
  const holder = await openSqlSession({ ...admin, database: 'narrow' }, signal);
  const { steps, plan } = await server.apply(limited('5'));
  expect(steps).toEqual(['update database/narrow']);
  const unknown = plan.steps.flatMap(step => (Object.keys(step.unknown).length > 0 ? [step.address] : []));
  expect(unknown).toEqual(['grants/narrow', 'extension/narrow.citext']);
  await holder.close();
  expect((await server.plan(limited('5'))).steps).toEqual([]);
});

test('a database in use is dropped: sessions of users are ended, one of a superuser is waited for', async () => {
  await server.apply({ ...SEED, databases: ['busy'] });
  const own = await openSqlSession({ ...admin, database: 'busy' }, signal);
  const theirs = await openSqlSession({ ...root, database: 'busy' }, signal);
  const context = testContext();
  const clock = { ...context.clock, sleep: async () => theirs.close() };
  await server.apply({ ...SEED, databases: { busy: 'absent' } }, { context: { ...context, clock } });
  expect(await rows(root, "select 1 from pg_database where datname = 'busy'")).toEqual([]);
  expect(own.isLost()).toBe(true);
  await own.close();
});

test('a grant that would lock the admin out is taken back', async () => {
  const logins = { kind: 'membership', role: 'rds_iam' } as const;
  const whole = objectsServer({ ...root, database: 'app' });
  const role = (login: string) => ({
    ...SEED,
    iam_database_authentication_enabled: 'true',
    roles: { locking: { access: { app: 'readonly' }, login } }
  });
  await run(root, 'CREATE ROLE rds_iam NOLOGIN');
  await whole.apply(role('password'), { logins });
  await run(root, 'GRANT locking TO postgres');
  // As RDS has it: members of the role log in by a token only.
  const file = join(cluster.layout.dataDirectory, 'pg_hba.conf');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `host all +rds_iam 127.0.0.1/32 reject\n${before}`);
  await run(root, 'select pg_reload_conf()');
  try {
    await expect(whole.apply(role('cloud'), { logins })).rejects.toThrow(/could not log in any more/);
    await run(root, 'REVOKE locking FROM postgres');
    expect((await whole.apply(role('cloud'), { logins })).steps).toEqual(['update role/locking']);
    expect((await whole.plan(role('cloud'), { logins })).steps).toEqual([]);
    const { outputs } = await whole.apply({ ...role('password'), application_role: 'locking' }, { logins });
    expect(await ask(urlOf(outputs), 'select current_user')).toBe('locking');
  } finally {
    writeFileSync(file, before);
    await run(root, 'select pg_reload_conf()');
  }
});

test('an extension whose library is not loaded waits for a restart that may be made', async () => {
  const rules = { libraries: preloaded(['pg_stat_statements']) };
  const whole = objectsServer({ ...root, database: 'app' });
  const inputs = { ...SEED, extensions: ['pg_stat_statements'] };
  const more = { rules, parameters: { work_mem: '8MB' } };
  await expect(whole.plan(inputs, { rules })).rejects.toThrow(/`shared_preload_libraries: "pg_stat_statements"`/);
  const waiting = await whole.plan(inputs, more);
  expect(waiting.steps).toEqual(['update server']);
  // What the extension brings is missing until then.
  const using = { ...inputs, init_sql: 'using.sql' };
  const workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  writeFileSync(join(workspace, 'using.sql'), 'select count(*) from pg_stat_statements');
  expect((await whole.plan(using, { ...more, workspace })).steps).toEqual(['update server']);
  expect((await whole.plan(using, { ...more, workspace, allowRestart: true })).steps).toContain('create init-sql');
  expect(waiting.notices.map(({ code }) => code)).toEqual(['extension-waits']);
  expect(waiting.plan.steps[0]?.changes.map(({ field, to }) => [field, to])).toContainEqual([
    'parameters.shared_preload_libraries',
    'pg_stat_statements'
  ]);
  const restarted = await whole.plan(inputs, { ...more, allowRestart: true });
  expect(restarted.steps).toEqual(['update server', 'create extension/pg_stat_statements']);
  expect(restarted.notices).toEqual([]);
});
