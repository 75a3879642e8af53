import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Plan } from '../../../../src/engine/plan.ts';
import type { Observed } from '../../../../src/engine/resource.ts';
import { check } from '../../../../src/providers/local/checks/check.ts';
import { validate } from '../../../../src/providers/local/checks/validate.ts';
import { masterUser, type LocalContext } from '../../../../src/providers/local/context.ts';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import { local } from '../../../../src/providers/local/provider.ts';
import type { Settings } from '../../../../src/spec/catalogue.ts';
import type { Spec } from '../../../../src/spec/spec.ts';
import { describeProblem } from '../../../../src/spec/problem.ts';
import { fakeMachine } from '../../../support/fake-machine.ts';

const TEMPLATE = 'is a template that every cluster has; allowed: another name';
const PAST =
  'is a time in the past, and the runner keeps no log of it; allowed: `latest`, or `restore_from_snapshot` instead';
const LOCALE = 'is known to the databases of PostgreSQL 15 and later; allowed: a later `engine_version`';

test.each<[Settings, readonly string[]]>([
  [{ icu_locale: 'de-DE' }, []],
  [{ icu_locale: 'de-DE', engine_version: '14' }, [`"de-DE" ${LOCALE}`]],
  [{ icu_locale: 'de-DE', engine_version: '14.23' }, [`"de-DE" ${LOCALE}`]],
  [{ icu_locale: 'de-DE', engine_version: '15.18' }, []],
  [{ engine_version: '14' }, []],
  [{ icu_locale: 'de-DE', restore_source: 'orders' }, ['"de-DE" is that of the source in a copy; allowed: no value']],
  [
    { master_username: 'pg_keeper' },
    ['"pg_keeper" is a name that PostgreSQL reserves; allowed: another name of up to 63 bytes']
  ],
  [{ master_username: 'keeper_pg_' }, []],
  [{ database_name: 'template0' }, [`"template0" ${TEMPLATE}`]],
  [{ database_name: 'template1' }, [`"template1" ${TEMPLATE}`]],
  [{ database_name: 'template2' }, []],
  [{ restore_to_time: 'latest' }, []],
  [{ restore_to_time: '2026-11-01T00:00:00Z' }, [`"2026-11-01T00:00:00Z" ${PAST}`]]
])('%j is refused where it can not be', (settings, refused) => {
  const { problems, notices } = validate({ settings } as unknown as Spec);
  expect(problems.map(problem => describeProblem(problem).replace(/^.*?: /u, ''))).toEqual(refused);
  for (const { input } of problems) expect(settings).toHaveProperty(input);
  expect(notices).toEqual([]);
});

test('the version of a password is told as without effect, and only where it is given', () => {
  const { notices } = validate({ settings: { master_password_version: '2' } } as unknown as Spec);
  expect(notices).toEqual([
    expect.objectContaining({ code: 'value-ignored', severity: 'info', input: 'master_password_version' })
  ]);
});

test('a port is told as taken where another process has it, and not where the server has it, or none is asked for', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const told = async (asked: number | undefined, live: number | undefined): Promise<readonly unknown[]> => {
    const context = { settings: { port: asked }, machine: thisMachine({}) } as unknown as LocalContext;
    const observed = live === undefined ? [] : [{ address: 'server', facts: { port: live }, fields: {} }];
    const { notices } = await check(context, observed as unknown as readonly Observed[], { located: undefined });
    return notices.map(({ code, input }) => `${input}: ${code}`);
  };
  try {
    expect(await told(port, undefined)).toEqual(['port: not-free']);
    expect(await told(port, port + 1)).toEqual(['port: not-free']);
    expect(await told(port, port)).toEqual([]);
    expect(await told(undefined, port)).toEqual([]);
    expect(await told(undefined, undefined)).toEqual([]);
  } finally {
    other.close();
  }
});

test('a snapshot that is not there is told, and one outside of the workspace refused', async () => {
  const machine = await fakeMachine();
  const workspace = join(machine.root, 'work');
  await machine.file('work/.pgkeep/there.pgkeep.tar.zst');
  const told = async (snapshot: string, observed: readonly object[] = []): Promise<readonly string[]> => {
    const context = { settings: { restore_from_snapshot: snapshot }, machine, workspace } as unknown as LocalContext;
    const { notices } = await check(context, observed as readonly Observed[], { located: undefined });
    return notices.map(({ code, message }) => `${code}: ${message.replace(workspace, '<work>')}`);
  };
  try {
    expect(await told('there')).toEqual([]);
    expect(await told('gone')).toEqual([
      'not-found: Could not read snapshot <work>/.pgkeep/gone.pgkeep.tar.zst: the file does not exist. An apply fails as long as that is so. Check the name, and that the step that restores it from the cache found it.'
    ]);
    await expect(told('../x')).rejects.toMatchObject({ code: 'input-invalid' });
    // A server that exists is not made from it.
    expect(await told('../x', [{ address: 'server', facts: {}, fields: {} }])).toEqual([]);
  } finally {
    await machine.remove();
  }
});

describe('a port below those that every user of the machine may bind', () => {
  test.each([
    [0, 25_999, '26000', ['the server, which does not run as root, may not']],
    [0, 26_000, '26000', []],
    [1001, 25_999, '26000', []],
    [0, 25_999, undefined, []]
  ])('for user %i, %i with the first at %s', async (uid, port, first, told) => {
    const machine = await fakeMachine({ uid });
    if (first !== undefined) await machine.file('/proc/sys/net/ipv4/ip_unprivileged_port_start', `${first}\n`);
    const context = { settings: { port }, machine } as unknown as LocalContext;
    const { notices } = await check(context, [], { located: undefined });
    await machine.remove();
    expect(notices.map(({ message }) => message)).toEqual(
      told.map(
        why =>
          `Could not listen on 127.0.0.1 port ${port}: ${why}. An apply fails as long as that is so. Use a port above 1023.`
      )
    );
  });
});

test.each([
  ['true', true, ['keep_running: job-scoped']],
  ['true', false, []],
  ['', true, []]
])('in a job (%j), a server that is kept (%j) is told to end with the machine', async (job, keep, codes) => {
  const machine = thisMachine({ GITHUB_ACTIONS: job });
  const context = { settings: { keep_running: keep }, machine } as unknown as LocalContext;
  const { notices } = await check(context, [], { located: undefined });
  expect(notices.map(({ code, input }) => `${input}: ${code}`)).toEqual(codes);
});

test('the user is the one that the workflow names, else the one of the server, else postgres', () => {
  const context = (name?: string): LocalContext => ({ settings: { master_username: name } }) as unknown as LocalContext;
  const credentials = { master: { name: 'shop' } } as unknown as Parameters<typeof masterUser>[1];
  expect(masterUser(context('keeper'), credentials)).toBe('keeper');
  expect(masterUser(context(), credentials)).toBe('shop');
  expect(masterUser(context(), undefined)).toBe('postgres');
});

test('a server on the runner costs nothing by itself', async () => {
  expect(await local.cost?.({} as LocalContext, {} as Plan, [])).toEqual({
    cost: {
      currency: 'USD',
      monthly: 0,
      lines: [],
      assumptions: ['The runner is paid by the minute, with or without a database.']
    },
    notices: []
  });
});
