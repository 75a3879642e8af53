import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { markFor } from '../../../src/engine/ownership.ts';
import { planApply, planDestroy } from '../../../src/engine/planner.ts';
import { ActionError, ProviderError } from '../../../src/errors.ts';
import type { Base } from '../../../src/ephemeral/base.ts';
import { database } from '../../../src/ephemeral/database.ts';
import { extension } from '../../../src/ephemeral/extension.ts';
import type { EphemeralMark } from '../../../src/ephemeral/database-types.ts';
import { endIdleSessions } from '../../../src/ephemeral/idle-sessions.ts';
import { initSql as initSqlType } from '../../../src/ephemeral/init-sql.ts';
import { databaseNameOf } from '../../../src/ephemeral/names.ts';
import { REASSIGN_OBJECTS } from '../../../src/ephemeral/reassign-objects.ts';
import { role } from '../../../src/ephemeral/role.ts';
import type { Session } from '../../../src/providers/provider.ts';
import { derivePassword } from '../../../src/sql-objects/password.ts';
import { ADMIN_SETTINGS, LASTING_SETTINGS } from '../../../src/postgres/session-settings.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { expectGolden } from '../../support/golden.ts';
import { planned } from '../../support/plan-in-words.ts';
import { baseOn, sessionFor, type Ask } from '../../support/pull-request-database.ts';
import { newDatabase, refusal, toldServer, type ToldServer } from '../../support/told-server.ts';

/** The life of databases of pull requests, on a server that tells all that it is sent. `UPDATE_GOLDENS=1` writes it. */
const SEEDED = { secrets: { password_seed: 'a seed of the pull requests, long enough' } };
const PERMITS = {
  adoptExisting: false,
  majorVersionUpgrade: false,
  destroy: true,
  skipFinalSnapshot: true,
  restart: true
};

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'pgkeep-test-story-'));
  await writeFile(path.join(workspace, 'a.sql'), 'create table a (id int);');
  await writeFile(path.join(workspace, 'b.sql'), 'create table b (id int);');
});

function nameOf(pullRequest: number): string {
  return databaseNameOf({ repository: 'acme/shop', name: 'orders', environment: '', pullRequest });
}

function markOf(pullRequest: number, more: Partial<EphemeralMark> = {}): string {
  return JSON.stringify({ version: 1, repository: 'acme/shop', name: 'orders', environment: '', pullRequest, ...more });
}

/** A base whose server is the told one. */
function on(server: ToldServer, { isOurs = true, isLasting = true } = {}): Base {
  const target = {
    host: 'db.example',
    port: 5432,
    user: 'keeper',
    password: 'p',
    database: 'main',
    tls: 'off'
  } as const;
  const { session, state, ...base } = baseOn(target, { isOurs });
  if (state.kind === 'absent') throw state.why;
  const { secretStore: _, ...storeless } = session;
  return { ...base, session: isLasting ? session : storeless, state: { ...state, way: server.way } };
}

function failed(thrown: unknown): readonly string[] {
  if (!(thrown instanceof ActionError)) return [`throws ${String(thrown)}`];
  const { kind = '', providerCode = '' } = thrown instanceof ProviderError ? thrown : {};
  return [`fails: ${thrown.code} ${thrown.source} ${kind} ${providerCode}| ${thrown.message} | ${thrown.hint ?? ''}`];
}

interface Story {
  /** A line of its own, and what the server was told since the last one. */
  chapter(title: string): void;
  say(...lines: readonly string[]): void;
  readonly server: ToldServer;
}

/** Plans, applies and marks, as `command: apply` does; says the plan, what failed, and the outputs. */
async function make(story: Story, base: Base, pullRequest: number, ask: Ask = {}): Promise<void> {
  const execution = fakeContext();
  const session = sessionFor(base, pullRequest, { workspace, execution, ...ask });
  try {
    const observed = await session.observe();
    const { notices } = await session.check(observed);
    const desired = await session.desired(observed);
    const { target, tables } = session;
    const plan = planApply({ target, desired, observed, tables, notices, allowances: PERMITS });
    story.say(...planned(plan));
    const mark = markFor(target, { applied: 'settings', expiresAt: '2026-01-04T00:00:00Z', run: '1.1' });
    const { error } = await session.apply(plan, observed, mark);
    if (error !== undefined) throw error;
    await session.writeMark(plan.verdict === 'no-changes' ? observed : await session.observe(), mark);
    await tellOutputs(story, session);
  } catch (thrown) {
    story.say(...failed(thrown));
  } finally {
    await session.close();
    story.say(...execution.lines.map(line => `log ${line}`));
  }
}

async function tellOutputs(story: Story, session: Session): Promise<void> {
  const outputs = await session.outputs(await session.observe());
  const { password, ...endpoint } = outputs?.endpoint ?? {};
  story.say(`outputs ${JSON.stringify({ ...outputs, endpoint })}, ${password === undefined ? 'no' : 'a'} password`);
}

async function unmake(story: Story, session: Session): Promise<void> {
  try {
    const observed = await session.observe();
    const { target, tables } = session;
    const plan = planDestroy({ target, observed, tables, notices: [], allowances: PERMITS });
    story.say(...planned(plan));
    const { error } = await session.apply(plan, observed, markFor(target));
    if (error !== undefined) throw error;
  } catch (thrown) {
    story.say(...failed(thrown));
  } finally {
    await session.close();
  }
}

/** Long texts have a name after they were told once. */
function shortened(lines: readonly string[]): string {
  const names = new Map<string, string>();
  const named: readonly (readonly [RegExp, string])[] = [
    [
      /\n {2}select r\.oid is not null as has_role,[\s\S]*?left join pg_database d on d\.datname = n\.name/g,
      ' <the state>'
    ],
    [
      /SET tcp_keepalives_idle = 30;[^(]*\(hashtextextended\('pgkeep\/pr_\d_[0-9a-f]+', 0\)\); SET lock_timeout = 0/g,
      '<lock>'
    ],
    [/\n {2}select coalesce\(d\.datname[\s\S]*?order by 1/g, ' <the list>']
  ];
  let text = `${lines.join('\n')}\n`
    .replaceAll(REASSIGN_OBJECTS, '<reassign>')
    .replaceAll(endIdleSessions('seeded'), '<end idle sessions in seeded>')
    .replaceAll('"version":1,"repository":"acme/shop","name":"orders","environment":""', 'ours')
    .replaceAll('"applied":"settings","expiresAt":"2026-01-04T00:00:00Z","run":"1.1"', 'applied')
    .replaceAll(/SCRAM-SHA-256\$4096:[^']+/g, '<verifier>');
  for (const [pattern, name] of named) {
    text = text.replaceAll(pattern, whole => {
      const isKnown = names.has(name);
      names.set(name, whole);
      return isKnown ? name : whole;
    });
  }
  const settings = { ADMIN: ADMIN_SETTINGS, LASTING: LASTING_SETTINGS };
  for (const [name, value] of Object.entries(settings)) {
    text = text.replaceAll(JSON.stringify(value).slice(1, -1), name);
  }
  return text;
}

/** Each on a server of its own. */
const STORIES: Readonly<Record<string, (story: Story) => Promise<void>>> = {
  'a plain one': async story => {
    const { server } = story;
    const base = on(server);
    story.chapter('made');
    await make(story, base, 7, SEEDED);
    story.chapter('again');
    await make(story, base, 7, SEEDED);
    story.chapter('by its repository, spelled otherwise');
    await make(story, base, 7, { ...SEEDED, repository: 'Acme/Shop' });
    story.chapter('its password is another');
    Object.assign(server.roles.get(nameOf(7)) ?? {}, { verifier: null });
    await make(story, base, 7, SEEDED);
    story.chapter('its role expired');
    Object.assign(server.roles.get(nameOf(7)) ?? {}, { until: '2025-01-01T00:00:00Z' });
    await make(story, base, 7, SEEDED);
    story.chapter('another one, asked for before its mark, marked twice and observed twice');
    const fresh = sessionFor(base, 6, SEEDED);
    const { target, tables } = fresh;
    const desired = await fresh.desired(await fresh.observe());
    const plan = planApply({ target, desired, observed: [], tables, notices: [], allowances: PERMITS });
    const mark = markFor(target, { applied: 'settings', expiresAt: '2026-01-04T00:00:00Z', run: '1.1' });
    await fresh.apply(plan, [], mark);
    await tellOutputs(story, fresh);
    for (const _ of [1, 2]) await fresh.writeMark([], mark);
    story.chapter('observed');
    await fresh.observe();
    story.chapter('observed again');
    await fresh.observe();
    await fresh.close();
    story.chapter('snapshot');
    const session = sessionFor(base, 7, SEEDED);
    await session.snapshot([]).catch((thrown: unknown) => story.say(...failed(thrown)));
    const way = await session.wayIn(await session.observe());
    story.say(`way in ${way.kind}`, JSON.stringify((await session.base?.())?.endpoint));
    await session.close();
    story.chapter('destroyed, and again');
    await unmake(story, sessionFor(base, 7, SEEDED));
    await unmake(story, sessionFor(base, 7, SEEDED));
  },
  'with a template, extensions and SQL, and no superuser': async story => {
    const { server } = story;
    Object.assign(server, { isSuperuser: false, serverVersion: '17.2' });
    let base = on(server);
    const settings = { template_database: 'seeded', extensions: ['citext'], init_sql: ['a.sql'] };
    story.chapter('made');
    await make(story, base, 8, { settings });
    story.chapter('again');
    await make(story, base, 8, { settings });
    const more = { ...settings, extensions: ['citext', 'hstore'], init_sql: ['a.sql', 'b.sql'] };
    story.chapter('with more');
    await make(story, base, 8, { settings: more });
    story.chapter('an extension that its owner may not create');
    server.once(/CREATE EXTENSION/, () => {
      throw refusal('42501', 'denied', 'permission denied to create extension');
    });
    await make(story, base, 8, { settings: { ...more, extensions: ['citext', 'hstore', 'ltree'] } });
    story.chapter('an extension that the server does not have');
    const unknown = (): void => {
      throw refusal('0A000', 'invalid', 'extension "hstor" is not available');
    };
    server.once(/CREATE EXTENSION/, unknown);
    await make(story, base, 8, { settings: { ...more, extensions: ['hstor'] } });
    story.chapter('its password is lost');
    base = on(server);
    await make(story, base, 8, { settings });
    story.chapter('seen');
    const session = sessionFor(base, 8, { settings, workspace });
    for (const { ownership, ...one } of await session.observe()) story.say(`${ownership.kind} ${JSON.stringify(one)}`);
    await session.close();
    story.chapter('with its extensions, and its password is another');
    Object.assign(server.roles.get(nameOf(8)) ?? {}, { verifier: null });
    await make(story, base, 8, { settings });
    story.chapter('closed, with its extensions');
    Object.assign(server.databases.get(nameOf(8)) ?? {}, { allows: false });
    await make(story, base, 8, { settings });
    story.chapter('its role has rights elsewhere');
    server.once(/DROP ROLE/, () => {
      throw refusal('2BP01', 'failed', 'some objects depend on it');
    });
    await unmake(story, sessionFor(base, 8, { settings }));
    const stored = await base.session.secretStore?.read(nameOf(8));
    story.say(stored === undefined ? 'no password is stored' : 'a password is stored');
    story.chapter('made with two extensions');
    await make(story, base, 8, { settings: { ...settings, extensions: ['citext', 'hstore'] } });
    story.chapter('a role that is not dropped');
    await make(story, base, 9);
    server.once(/DROP ROLE/, () => {
      throw refusal('55006', 'failed', 'it is in use');
    });
    await unmake(story, sessionFor(base, 9));
  },
  'without a lasting password': async story => {
    const base = on(story.server, { isLasting: false });
    story.chapter('made');
    await make(story, base, 7, { settings: { init_sql: ['a.sql'] } });
    story.chapter('by a run that does not know the password');
    await make(story, base, 7, { settings: { init_sql: ['a.sql', 'b.sql'] } });
    story.chapter('nothing to do there');
    await make(story, base, 7, { settings: { init_sql: ['a.sql'] } });
  },
  'next to open databases': async story => {
    const { server } = story;
    const others = ['app', 'main', 'postgres', 'seeded', 'template1'].map(name => ({ name, own: name !== 'postgres' }));
    server.others = others;
    server.connecting = ['app_user', nameOf(3)];
    const settings = { template_database: 'seeded' };
    story.chapter('on a server of ours, PostgreSQL 14 that does not sync');
    Object.assign(server, { serverVersion: '14.9', syncs: false });
    await make(story, on(server), 7, { ...SEEDED, settings });
    story.chapter('open again, and none is to keep its right');
    server.others = ['main', 'postgres'].map(name => ({ name, own: true }));
    server.connecting = [];
    await make(story, on(server), 7, { ...SEEDED, settings });
    story.chapter('on a server of others, PostgreSQL 15 that does not sync');
    Object.assign(server, { serverVersion: '15.9', others });
    await make(story, on(server, { isOurs: false }), 8, SEEDED);
  },
  'within a limit': async story => {
    const { server } = story;
    const base = on(server);
    server.roles.set(nameOf(3), { comment: markOf(3), verifier: null });
    story.chapter('of two');
    await make(story, base, 7, { ...SEEDED, most: 2 });
    story.chapter('of one');
    await make(story, base, 8, { ...SEEDED, most: 1 });
  },
  'left unfinished': async story => {
    const { server } = story;
    const base = on(server);
    const put = (number: number, more: Parameters<typeof newDatabase>[1], comment: string | null = markOf(number)) => {
      server.roles.set(nameOf(number), { comment, verifier: null });
      server.databases.set(nameOf(number), newDatabase(nameOf(number), { comment, ...more }));
    };
    const cases: readonly (readonly [string, Parameters<typeof newDatabase>[1]])[] = [
      ['before its mark was ready', { comment: null, allows: false }],
      ['as another owner’s', { owner: 'keeper' }],
      ['by an interrupted DROP', { isInvalid: true }],
      ['as a template', { isTemplate: true }],
      ['open to PUBLIC', { comment: markOf(7, { ready: true }) }]
    ];
    for (const [what, more] of cases) {
      put(7, more);
      story.chapter(what);
      const session = sessionFor(base, 7, SEEDED);
      await tellOutputs(story, session);
      await session.close();
      await make(story, base, 7, SEEDED);
      await unmake(story, sessionFor(base, 7, SEEDED));
    }
    story.chapter('without its role');
    put(7, { comment: markOf(7, { ready: true }) });
    server.roles.clear();
    await make(story, base, 7, SEEDED);
    story.chapter('without its database');
    server.databases.clear();
    await make(story, base, 7, SEEDED);
    story.chapter('without a mark');
    put(8, {}, null);
    await make(story, base, 8, SEEDED);
    await unmake(story, sessionFor(base, 8, SEEDED));
    story.chapter('with the mark of others on the database alone');
    put(9, { comment: markOf(9, { repository: 'evil/shop', ready: true }), isPublic: false });
    await make(story, base, 9, SEEDED);
    story.chapter('with the mark of others on the role alone');
    put(6, { comment: markOf(6, { ready: true }), owner: 'keeper' });
    server.roles.set(nameOf(6), { comment: markOf(6, { repository: 'evil/shop' }), verifier: null });
    const session = sessionFor(base, 6, SEEDED);
    await tellOutputs(story, session).catch((thrown: unknown) => story.say(...failed(thrown)));
    await session.close();
  },
  'at the same time as another run': async story => {
    const { server } = story;
    const base = on(server);
    const comes = (number: number, comment: string | null) => (): void => {
      server.roles.set(nameOf(number), { comment, verifier: null });
    };
    story.chapter('which made the role');
    server.once(/CREATE ROLE/, comes(1, markOf(1)));
    await make(story, base, 1, SEEDED);
    story.chapter('of others, which made the role');
    server.once(/CREATE ROLE/, comes(2, markOf(2, { repository: 'evil/shop' })));
    await make(story, base, 2, SEEDED);
    story.chapter('which made the database');
    server.once(/COMMENT ON ROLE/, () => {
      server.databases.set(nameOf(3), newDatabase(nameOf(3), { comment: null }));
    });
    await make(story, base, 3, SEEDED);
    story.chapter('of others, which made the database');
    server.once(/COMMENT ON ROLE/, () => {
      server.databases.set(nameOf(4), newDatabase('evil', { comment: markOf(4, { repository: 'evil/shop' }) }));
    });
    await make(story, base, 4, SEEDED);
    const changes = (number: number, comment: string | null) => (): void => {
      Object.assign(server.databases.get(nameOf(number)) ?? {}, { comment });
    };
    story.chapter('which marked it before the end');
    server.once(/changed meanwhile/, changes(5, markOf(5, { run: '2.1' })));
    await make(story, base, 5, SEEDED);
    story.chapter('which marked it before the end, twice');
    server.once(/changed meanwhile/, changes(6, markOf(6, { run: '2.1' })));
    server.once(/changed meanwhile/, changes(6, markOf(6, { run: '2.2' })));
    await make(story, base, 6, { ...SEEDED, settings: { extensions: ['citext'] } });
    story.chapter('of others, which marked it before the end');
    server.once(/changed meanwhile/, changes(7, markOf(7, { repository: 'evil/shop' })));
    await make(story, base, 7, { ...SEEDED, settings: { extensions: ['citext'] } });
    story.chapter('which dropped it before the end');
    server.once(/changed meanwhile/, () => {
      server.databases.delete(nameOf(8));
    });
    await make(story, base, 8, SEEDED);
    story.chapter('which runs the same file');
    const settings = { init_sql: ['a.sql'] };
    await make(story, base, 9, { ...SEEDED, settings });
    const initSql = { 'b.sql': createHash('sha256').update('create table b (id int);').digest('hex') };
    server.once(/pg_advisory_lock/, changes(9, markOf(9, { ready: true, initSql })));
    await make(story, base, 9, { ...SEEDED, settings: { init_sql: ['a.sql', 'b.sql'] } });
    story.chapter('which took the mark away before a file runs');
    server.once(/pg_advisory_lock/, changes(9, null));
    await writeFile(path.join(workspace, 'c.sql'), 'create table c (id int);');
    await make(story, base, 9, { ...SEEDED, settings: { init_sql: ['c.sql'] } });
  },
  'on a server that fails': async story => {
    const { server } = story;
    const base = on(server);
    const fails = (code: string, kind: 'busy' | 'transient' | 'failed') => (): void => {
      throw refusal(code, kind, 'it failed');
    };
    story.chapter('a template in use, twice');
    server.once(/CREATE DATABASE/, fails('55006', 'busy'));
    server.once(/CREATE DATABASE/, fails('55006', 'busy'));
    await make(story, base, 1, { ...SEEDED, settings: { template_database: 'seeded' } });
    story.chapter('the role is not made');
    server.once(/CREATE ROLE/, fails('57014', 'failed'));
    await make(story, base, 2, SEEDED);
    story.chapter('the answer is lost');
    server.once(/CREATE DATABASE/, fails('08006', 'transient'));
    await make(story, base, 3, SEEDED);
    story.chapter('the final mark is not written');
    server.once(/changed meanwhile/, fails('57014', 'failed'));
    await make(story, base, 4, SEEDED);
    story.chapter('its connections end on the way, and the lock with them');
    server.once(/CREATE DATABASE/, () => server.restart());
    await make(story, base, 5, { ...SEEDED, settings: { extensions: ['citext'] } });
    story.chapter('the login of the role fails otherwise');
    Object.assign(server.databases.get(nameOf(4)) ?? {}, { allows: true });
    await make(story, base, 4, SEEDED);
    story.chapter('no session');
    server.closed = { kind: 'not-reachable', why: 'the firewall', hint: 'Open it.' };
    await make(story, base, 6, SEEDED);
  },
  'in a sweep': async story => {
    const { server } = story;
    const base = on(server);
    story.chapter('made');
    for (const number of [1, 2]) await make(story, base, number, SEEDED);
    server.databases.set('app', newDatabase('app', { comment: markOf(1) }));
    server.databases.set('plain', newDatabase('app'));
    server.databases.set(nameOf(3), newDatabase(nameOf(3)));
    server.databases.set(nameOf(4), newDatabase(nameOf(4), { comment: markOf(1) }));
    server.roles.set(nameOf(5), { comment: markOf(5), verifier: null });
    const other = { repository: 'acme/billing', name: 'bills', environment: 'preview', pullRequest: 9 };
    const theirs = databaseNameOf(other);
    const mark = JSON.stringify({ version: 1, ...other });
    server.databases.set(theirs, newDatabase(theirs, { comment: mark }));
    story.chapter('listed');
    const session = sessionFor(base, 1, SEEDED);
    const found = await session.listServers();
    story.say(...found.map(({ title, mark: seen }) => `${title}: ${JSON.stringify(seen) ?? 'no mark'}`));
    for (const one of found) {
      story.chapter(`opened: ${one.title}`);
      try {
        const opened = await one.open();
        story.say(JSON.stringify(opened.target));
        await unmake(story, opened);
      } catch (thrown) {
        story.say(...failed(thrown));
      }
    }
    story.chapter('closed');
    await session.close();
    story.say(...server.databases.keys(), ...server.roles.keys());
  },
  'without a base': async story => {
    const why = new ActionError('Could not find the base server', { code: 'not-found', source: 'user' });
    const base: Base = { ...on(story.server), state: { kind: 'absent', why } };
    story.chapter('made');
    await make(story, base, 7, SEEDED);
    story.chapter('destroyed');
    await unmake(story, sessionFor(base, 7, SEEDED));
    const session = sessionFor(base, 7, SEEDED);
    const asked = {
      listServers: async () => session.listServers(),
      base: async () => session.base?.(),
      outputs: async () => session.outputs([])
    };
    for (const [what, ask] of Object.entries(asked)) {
      const answer = await ask().then(
        value => [JSON.stringify(value) ?? 'undefined'],
        (thrown: unknown) => failed(thrown)
      );
      story.say(`${what}: ${answer.join()}`);
    }
    story.say(JSON.stringify(await session.wayIn([])));
  }
};

test('the life of a database of a pull request is as the golden file says', async () => {
  const lines: string[] = [];
  for (const { type, fields, permissions } of [role, database, extension, initSqlType]) {
    lines.push(`${type}: ${JSON.stringify(permissions)}`);
    for (const [name, field] of Object.entries(fields)) lines.push(`  ${name}: ${JSON.stringify(field)}`);
  }
  for (const [title, tell] of Object.entries(STORIES)) {
    const server = toldServer();
    const story: Story = {
      server,
      say: (...said) => void lines.push(...server.told(), ...said),
      chapter: chapter => void lines.push(...server.told(), '', `== ${title}: ${chapter}`)
    };
    await tell(story);
    lines.push(...server.told());
  }
  expectGolden('story-ephemeral.txt', shortened(lines));
});

test('the password is derived for this place, base, repository and name', async () => {
  const server = toldServer();
  const base = on(server);
  const story: Story = { server, say: () => {}, chapter: () => {} };
  await make(story, base, 7, SEEDED);
  const session = sessionFor(base, 7, { ...SEEDED, repository: 'Acme/Shop' });
  const outputs = await session.outputs(await session.observe());
  const identity = ['local', 'runner', '', 'shared', 'acme/shop', nameOf(7)];
  expect(outputs?.endpoint.password).toBe(derivePassword(SEEDED.secrets.password_seed, identity));
  await session.close();
});
