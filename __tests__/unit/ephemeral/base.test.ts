import type { Mark } from '../../../src/engine/ownership.ts';
import type { Observed } from '../../../src/engine/resource.ts';
import { ActionError, ProviderError } from '../../../src/errors.ts';
import { openBase } from '../../../src/ephemeral/base.ts';
import { requireCapacity, requireCapacityAgain } from '../../../src/ephemeral/capacity.ts';
import { decideSweep } from '../../../src/ephemeral/decide-sweep.ts';
import { openEphemeral } from '../../../src/ephemeral/open.ts';
import { isThrowaway } from '../../../src/ephemeral/restore-check.ts';
import type { DatabaseOutputs, Provider, Session, Setup } from '../../../src/providers/provider.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { baseOn } from '../../support/pull-request-database.ts';

const mark: Mark = { version: 1, repository: 'acme/shop', name: 'shared', environment: '' };
const UNREACHED = { kind: 'not-reachable', why: 'the firewall', hint: 'Open it.' } as const;
const OPTIONS = { compares: true, strict: false, adopts: false } as const;

/** A server that a provider finds, and what of it. */
interface Found {
  readonly ownership?: Observed['ownership'];
  readonly isAbsent?: boolean;
  readonly isReady?: boolean;
  readonly password?: string | undefined;
  readonly way?: Awaited<ReturnType<Session['wayIn']>>;
}

/** A provider of one server, and what it was asked. */
function finding({ ownership, isAbsent, isReady = true, way, ...more }: Found) {
  const told: string[] = [];
  const connection = { host: 'db', port: 5432, user: 'keeper', password: 'p', database: 'main', tls: 'off' } as const;
  const { session, state } = baseOn(connection);
  if (state.kind === 'absent') throw state.why;
  const password = 'password' in more ? more.password : 'p';
  const main: Observed = {
    address: 'server',
    type: 'server',
    title: 'server shared',
    ownership: ownership ?? { kind: 'ours', mark },
    fields: {},
    facts: {},
    dependsOn: [],
    concurrencyGroup: 'shared'
  };
  const { password: _, ...endpoint } = state.outputs.endpoint;
  const outputs: DatabaseOutputs = {
    ...state.outputs,
    endpoint: password === undefined ? endpoint : { ...endpoint, password }
  };
  const provider: Pick<Provider, 'open'> = {
    open: async ({ spec, owner }) => {
      const { name, environment, settings } = spec;
      const { repository, pullRequest } = owner;
      const target = { ...session.target, name, environment, repository, ...(pullRequest && { pullRequest }) };
      told.push(`opens ${JSON.stringify({ name, environment, settings, owner })}`);
      return {
        ...session,
        target,
        observeForOutputs: async () => {
          told.push('observes');
          return isAbsent === true ? [] : [main];
        },
        outputs: async () => (isReady ? outputs : undefined),
        wayIn: async (_observed, needs) => {
          told.push(`way in ${JSON.stringify(needs)}`);
          return way ?? fakeWayIn({});
        },
        close: async () => void told.push('closes')
      };
    }
  };
  return { provider: provider as Provider, told };
}

function setupFor(secrets: Readonly<Record<string, string>> = {}, pullRequest?: number): Setup {
  return {
    spec: {
      provider: 'local',
      name: 'orders',
      environment: 'preview',
      settings: {
        base_database: 'shared',
        template_database: 'seeded',
        aws_region: 'eu-west-1',
        instance_class: 'large'
      },
      origins: {},
      notices: []
    },
    owner: { repository: 'acme/shop', ...(pullRequest === undefined ? {} : { pullRequest }) },
    env: {},
    paths: { temp: '/tmp', toolCache: '/tmp', workspace: '/tmp', action: '/tmp' },
    secret: name => secrets[name],
    mask: () => {},
    execution: fakeContext(),
    options: { applyImmediately: false, allowRestart: undefined, wait: true, deadline: new Date(0) }
  };
}

function failed(thrown: unknown): string {
  if (!(thrown instanceof ActionError)) throw thrown;
  const kind = thrown instanceof ProviderError ? ` ${thrown.kind}` : '';
  return `${thrown.code} ${thrown.source}${kind}: ${thrown.message} | ${thrown.hint ?? ''}`;
}

const OWN =
  'opens {"name":"shared","environment":"preview","settings":{"aws_region":"eu-west-1","instance_class":"large"},"owner":{"repository":"acme/shop"}}';
const foreign = (more: Partial<Mark> = {}) => ({ kind: 'foreign', mark: { ...mark, ...more } }) as const;
const PASSWORD = { master_password: 'p' };
const NAME_IT =
  'Name a server of this repository in `base_database`, or give the password of its master user in `master_password`.';
const theirs = (environment: string, repository = 'acme/shop') =>
  OWN.replace('preview', environment).replace('acme/shop', repository);
const FOUND = ['observes', 'way in {"keepsSession":true}'];

test.each<readonly [string, Found, Readonly<Record<string, string>>, readonly string[], string]>([
  ['ours', {}, {}, [OWN, ...FOUND], 'ready, ours'],
  [
    'another environment’s',
    { ownership: foreign({ environment: 'production' }) },
    {},
    [OWN, 'observes', 'closes', theirs('production'), ...FOUND],
    'ready, ours'
  ],
  [
    'another repository’s, with its password',
    { ownership: foreign({ repository: 'acme/base' }) },
    PASSWORD,
    [OWN, 'observes', 'closes', theirs('', 'acme/base'), ...FOUND],
    'ready, not ours'
  ],
  [
    'another repository’s',
    { ownership: foreign({ repository: 'acme/base' }) },
    {},
    [OWN, 'observes'],
    `not-ours user: Could not use server shared as the base of a pull request's database: it belongs to acme/base, database shared | ${NAME_IT}`
  ],
  [
    'a pull request’s, with its password',
    { ownership: foreign({ pullRequest: 7 }) },
    PASSWORD,
    [OWN, 'observes'],
    `not-ours user: Could not use server shared as the base of a pull request's database: it belongs to acme/shop, database shared, pull request #7 | ${NAME_IT}`
  ],
  [
    'unmarked',
    { ownership: { kind: 'unmarked' } },
    {},
    [OWN, 'observes'],
    `not-ours user: Could not use server shared as the base of a pull request's database: it carries no ownership mark | ${NAME_IT}`
  ],
  ['unmarked, with its password', { ownership: { kind: 'unmarked' } }, PASSWORD, [OWN, ...FOUND], 'ready, not ours'],
  [
    'not there',
    { isAbsent: true },
    {},
    [OWN, 'observes'],
    "absent, not-found user: Could not find the base server shared of the pull request's database | Apply it first, in this job or (on a cloud) in another workflow; or correct `base_database`, the region or the account."
  ],
  [
    'not ready',
    { isReady: false },
    {},
    [OWN, 'observes'],
    'not-found user: Could not use the base server shared: it exists but is not ready | Apply it first, and run this step when it is available.'
  ],
  [
    'without a password and a way in',
    { way: UNREACHED, password: undefined },
    {},
    [OWN, ...FOUND],
    'credentials-missing user: Could not log in to the base server shared: this run does not know its password | Set `master_password` to the password of its master user.'
  ],
  ['without a password, and with a way in', { password: undefined }, {}, [OWN, ...FOUND], 'ready, ours'],
  [
    'without a way in',
    { way: UNREACHED },
    {},
    [OWN, ...FOUND],
    'not-reachable provider failed: Could not log in to the base server shared: the firewall | Open it.'
  ]
])('a base that is %s', async (_what, found, secrets, asked, expected) => {
  const { provider, told } = finding(found);
  const answer = await openBase(provider, setupFor(secrets, 7)).then(({ name, state, session }) => {
    expect([name, session.target.name]).toEqual(['shared', 'shared']);
    return state.kind === 'absent' ? `absent, ${failed(state.why)}` : `ready, ${state.isOurs ? '' : 'not '}ours`;
  }, failed);
  expect([told, answer]).toEqual([asked, expected]);
});

describe("a pull request's own server", () => {
  const own = { ...mark, name: 'orders', environment: 'preview', pullRequest: 7, expiresAt: '2026-01-04T00:00:00Z' };
  const open = async (found: Found, baseName = 'shared', pullRequest: number | undefined = 7) => {
    const { provider, told } = finding(found);
    const ephemeral = { kind: 'instance', pullRequest, baseName, most: 2 } as const;
    return { session: await openEphemeral(provider, setupFor({}, 7), ephemeral, OPTIONS), told };
  };

  test.each<readonly [string, Found, string, string]>([
    ['ours', { ownership: { kind: 'ours', mark: own } }, 'shared', '2026-01-04T00:00:00Z'],
    ['not ready', { isReady: false }, 'shared', 'no outputs'],
    ['vanished since', { isAbsent: true }, 'shared', 'wrong-database: orders carries no ownership mark'],
    ['unmarked', { ownership: { kind: 'unmarked' } }, 'shared', 'wrong-database: orders carries no ownership mark'],
    ['the base', { ownership: { kind: 'ours', mark: own } }, 'orders', 'wrong-database: orders is the base itself'],
    [
      'that of another one',
      { ownership: foreign({ ...own, pullRequest: 8 }) },
      'shared',
      'wrong-database: orders belongs to acme/shop, database orders, environment preview, pull request #8'
    ]
  ])('that is %s', async (_what, found, baseName, expected) => {
    const { session } = await open(found, baseName);
    const told = await session.outputs([]).then(
      outputs => (outputs === undefined ? 'no outputs' : outputs.expiresAt),
      (thrown: unknown) => {
        if (!(thrown instanceof ActionError)) throw thrown;
        expect(thrown).toMatchObject({
          source: 'provider',
          hint: expect.stringMatching(/`reset: true`.*No output/) as string
        });
        return `${thrown.code}: ${thrown.message.replace(/.*of acme\/shop: /, '')}`;
      }
    );
    expect(told).toBe(expected);
  });

  test('finds its base by the inputs that find it, and closes it', async () => {
    const { session, told } = await open({ ownership: { kind: 'ours', mark: { ...mark, environment: 'preview' } } });
    const base = await session.base?.();
    expect(base?.endpoint).toMatchObject({ host: 'db', password: 'p' });
    await base?.close();
    expect(told).toEqual([
      expect.stringContaining('"owner":{"repository":"acme/shop","pullRequest":7}}'),
      'opens {"name":"shared","environment":"preview","settings":{"aws_region":"eu-west-1"},"owner":{"repository":"acme/shop"}}',
      ...FOUND,
      'closes'
    ]);
    const absent = await open({ isAbsent: true });
    await expect(absent.session.base?.()).rejects.toMatchObject({ code: 'not-found' });
    expect(absent.told.at(-1)).toBe('closes');
  });

  test('is none in a sweep, which is about all of them', async () => {
    const { provider, told } = finding({});
    const all = { kind: 'instance', pullRequest: undefined, baseName: 'shared', most: undefined } as const;
    expect((await openEphemeral(provider, setupFor(), all, OPTIONS)).target).not.toHaveProperty('pullRequest');
    expect(told[0]).toContain('"owner":{"repository":"acme/shop"}}');
    const one = await openEphemeral(provider, setupFor(), { ...all, pullRequest: 7 }, OPTIONS);
    expect(one.target.pullRequest).toBe(7);
    const databases = await openEphemeral(provider, setupFor(), { ...all, kind: 'database' }, OPTIONS);
    expect(databases.target.pullRequest).toBe(0);
  });
});

describe('the most databases', () => {
  const target = {
    provider: 'local',
    account: '',
    region: '',
    name: 'orders',
    environment: '',
    repository: 'acme/shop'
  };
  const of = (pullRequest: number, more: Partial<Mark> = {}): { mark: Mark } => ({
    mark: { ...mark, name: 'orders', pullRequest, ...more }
  });
  const answer = (ask: () => unknown): unknown => {
    try {
      return ask();
    } catch (thrown) {
      return failed(thrown);
    }
  };
  const over = (count: number, most: number): string =>
    `ephemeral-limit user: Could not create a database for pull request #5: there are ${count} already, and \`max_ephemeral\` is ${most} | Close a pull request, run \`command: sweep\` to remove leftover databases, or raise \`max_ephemeral\`; then run this job again.`;

  test('counts those of other pull requests of the repository', () => {
    const own = { ...target, pullRequest: 5 };
    const standing = [
      of(5),
      of(5, { environment: 'b' }),
      of(4),
      of(3, { repository: 'acme/other' }),
      { mark },
      { mark: undefined }
    ];
    expect(answer(() => requireCapacity(own, standing, 3))).toEqual([standing[1]?.mark, standing[2]?.mark]);
    expect(answer(() => requireCapacity(own, standing, 2))).toBe(over(2, 2));
  });

  test.each<readonly [string, readonly Mark[], readonly { readonly mark: Mark }[], number, string | undefined]>([
    ['a lower number that came meanwhile goes first', [], [of(5), of(4)], 1, over(1, 1)],
    ['a higher one does not', [], [of(5), of(6)], 1, undefined],
    ['a higher one with more digits does not', [], [of(5), of(10)], 1, undefined],
    ['a higher one that stood before stays', [of(6).mark], [of(5), of(6)], 1, over(1, 1)],
    ['of one number, the key decides: before', [], [of(5), of(5, { name: 'a' })], 1, over(1, 1)],
    ['of one number, the key decides: after', [], [of(5), of(5, { name: 'z' })], 1, undefined],
    ['one place is left', [], [of(5), of(4)], 2, undefined]
  ])('when its server stands: %s', (_what, before, standing, most, expected) => {
    expect(answer(() => requireCapacityAgain({ ...target, pullRequest: 5 }, before, standing, most))).toBe(expected);
  });
});

test('a sweep says what it is certain of, and of which pull request', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  const decided = (more: Partial<Mark>): unknown =>
    decideSweep({ ...mark, ...more }, { repository: 'acme/shop', now, open: new Set() });
  const expiresAt = '2026-01-01T00:00:00Z';
  expect([
    decided({ pullRequest: 7 }),
    decided({ pullRequest: 7, expiresAt }),
    decided({ name: 'a-rc-3f9a0c1e', expiresAt })
  ]).toEqual([
    { kind: 'remove', why: 'pull request #7 is not open', pullRequest: 7, isCertain: false },
    { kind: 'remove', why: `expired ${expiresAt}`, pullRequest: 7, isCertain: true },
    { kind: 'remove', why: `restore check, expired ${expiresAt}`, isCertain: true }
  ]);
});

test.each<readonly [string, Partial<Mark>, boolean]>([
  ['a throwaway server', {}, true],
  ['one that never expires', { expiresAt: undefined as never }, false],
  ["a pull request's", { pullRequest: 7 }, false],
  ["another repository's", { repository: 'acme/other' }, false],
  ['one under another name', { name: 'orders' }, false]
])('%s', (_what, more, expected) => {
  const given = { ...mark, name: 'orders-rc-3f9a0c1e', expiresAt: '2026-01-01T00:00:00Z', ...more };
  expect([isThrowaway(given, { repository: 'acme/shop' }), isThrowaway(undefined, mark)]).toEqual([expected, false]);
});
