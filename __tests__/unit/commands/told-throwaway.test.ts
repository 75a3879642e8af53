import { setImmediate as turn } from 'node:timers/promises';
import { applyEphemeral } from '../../../src/commands/ephemeral-apply.ts';
import { destroyEphemeral } from '../../../src/commands/ephemeral-destroy.ts';
import { restoreCheck } from '../../../src/commands/restore-check.ts';
import { schemaDiff } from '../../../src/commands/schema-diff.ts';
import { sweep } from '../../../src/commands/sweep.ts';
import { ActionError } from '../../../src/errors.ts';
import type { WayIn } from '../../../src/postgres/way-in.ts';
import { passwordUnknown } from '../../../src/providers/way-in.ts';
import { serverError, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { fakeContext, type FakeContext } from '../../support/fake-context.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { expectGolden } from '../../support/golden.ts';
import { desired, observed } from '../../support/resources.ts';
import {
  ENDPOINT,
  failure,
  inTurn,
  markOf,
  OUTPUTS,
  rejects,
  sections,
  server,
  wanted,
  type Row,
  type Told,
  type ToldSession
} from '../../support/told-run.ts';

const denied = failure('denied', 'Could not call it: denied', 'Allow it.');
const ofSql = new ActionError('Could not run mask_sql line 1: no table', { code: 'init-sql-failed', source: 'user' });
const waits = new ActionError('It is not done yet', { code: 'in-progress', source: 'provider' });

const PULL = { kind: 'pull_request', target: false, change: 'updated', pullRequest: { number: 7, labels: [] } };
const SEVEN = { kind: 'instance', pullRequest: 7, baseName: 'orders', most: undefined } as const;
/** A server for a pull request, where GitHub is not asked: there is no token. */
const PR: Told = { ephemeral: SEVEN, target: { pullRequest: 7 }, event: PULL, wanted: [wanted()] };
const CLONE: Told = { ...PR, ephemeral: { ...SEVEN, kind: 'clone' } };
const own = (mark = {}, fields = {}): ReturnType<typeof server> =>
  server({ size: 20, ...fields }, { mark: { pullRequest: 7, ...mark } });
const TEXT = { mask_sql: { kind: 'text', text: 'update customer set card = null' } };
const MASKED = '89e4dae34b04';
const maskStep = desired('mask-sql', { ran: 'x' }, { type: 'masking-sql', title: 'mask_sql', dependsOn: ['server'] });
const initStep = desired('init-sql', { ran: 'x' }, { type: 'database-sql', title: 'init_sql', dependsOn: ['server'] });
const unreadInit = observed(
  'init-sql',
  {},
  {
    type: 'database-sql',
    title: 'init_sql',
    unknown: { ran: 'a way in' },
    ownership: { kind: 'ours', mark: markOf({ pullRequest: 7 }) }
  }
);
const others = (...numbers: readonly number[]): Told['servers'] =>
  numbers.map(pullRequest => ({ title: `server orders-pr-${pullRequest}`, mark: { pullRequest } }));
/** Lists of the servers within reach, one after the other. */
const lists = (...answers: readonly (readonly number[])[]): ToldSession => {
  const left = [...answers];
  return {
    listServers: async () =>
      (left.shift() ?? []).map(pullRequest => ({ title: '', mark: markOf({ pullRequest }), open: rejects(denied) }))
  };
};

const EPHEMERALS: readonly Row[] = [
  ['no pull request', applyEphemeral, { ...PR, ephemeral: { ...SEVEN, pullRequest: undefined } }],
  ['a new server', applyEphemeral, PR],
  ['a new server that lives for two hours', applyEphemeral, { ...PR, run: { ttl: 120 } }],
  ['a server that stands', applyEphemeral, { ...PR, live: [own()] }],
  ['a server that changes', applyEphemeral, { ...PR, live: [own({}, { size: 10 })], run: { estimate_cost: true } }],
  ['a refused change', applyEphemeral, { ...PR, live: [own({}, { size: 30 })] }],
  ['a change that fails', applyEphemeral, { ...PR, fails: { server: denied } }],
  ['a change that takes longer', applyEphemeral, { ...PR, fails: { server: waits } }],
  ['an asked reset', applyEphemeral, { ...PR, live: [own()], run: { reset: true } }],
  ['an asked reset of nothing', applyEphemeral, { ...PR, run: { reset: true } }],
  [
    'an asked reset of what this run has made',
    applyEphemeral,
    { ...PR, live: [own({ run: '7.2' })], run: { reset: true } }
  ],
  [
    'a reset by a label of the event',
    applyEphemeral,
    { ...PR, live: [own({ run: '6.1' })], event: { ...PULL, pullRequest: { labels: ['pgkeep-reset'] } } }
  ],
  [
    'a label on another event',
    applyEphemeral,
    { ...PR, live: [own()], event: { kind: 'push', pullRequest: { labels: ['pgkeep-reset'] } } }
  ],
  ['a reset that fails', applyEphemeral, { ...PR, live: [own()], run: { reset: true }, fails: { server: denied } }],
  [
    'a reset of what is inside as well',
    applyEphemeral,
    { ...PR, live: [own()], run: { reset: true }, session: { serverOnly: { observe: rejects(denied) } as never } }
  ],
  ['the last place', applyEphemeral, { ...PR, run: { max_ephemeral: 2 }, servers: others(3) ?? [] }],
  ['no place', applyEphemeral, { ...PR, run: { max_ephemeral: 2 }, servers: others(3, 4) ?? [] }],
  [
    'no place, for a server that stands',
    applyEphemeral,
    { ...PR, live: [own()], run: { max_ephemeral: 2 }, servers: others(3, 4) ?? [] }
  ],
  [
    'a place that was taken meanwhile',
    applyEphemeral,
    { ...PR, run: { max_ephemeral: 2 }, session: lists([3], [3, 4]) }
  ],
  [
    'a place that was taken meanwhile, for a database',
    applyEphemeral,
    { ...PR, ephemeral: { ...SEVEN, kind: 'database' }, run: { max_ephemeral: 2 }, session: lists([3], [3, 4]) }
  ],
  [
    'a list that fails meanwhile',
    applyEphemeral,
    {
      ...PR,
      run: { max_ephemeral: 2 },
      session: {
        listServers: inTurn([], denied)
      }
    }
  ],
  ['a mask for no copy', applyEphemeral, { ...PR, run: TEXT }],
  ['a copy', applyEphemeral, CLONE],
  ['a copy with a mask', applyEphemeral, { ...CLONE, run: TEXT, wanted: [wanted(), maskStep] }],
  ['a copy with a mask that did not run', applyEphemeral, { ...CLONE, run: TEXT }],
  [
    'a copy with a mask that fails',
    applyEphemeral,
    { ...CLONE, run: TEXT, wanted: [wanted(), maskStep], fails: { 'mask-sql': ofSql } }
  ],
  [
    'a copy with a mask that fails, and a server that stays',
    applyEphemeral,
    {
      ...CLONE,
      run: TEXT,
      wanted: [wanted(), maskStep],
      fails: { 'mask-sql': ofSql },
      session: { serverOnly: { observe: rejects(denied) } as never }
    }
  ],
  [
    'a copy whose mask was begun',
    applyEphemeral,
    { ...CLONE, live: [own({ masked: 'running' })], run: TEXT, wanted: [wanted(), maskStep] }
  ],
  [
    'a copy with another mask',
    applyEphemeral,
    { ...CLONE, live: [own({ masked: 'abc' })], run: TEXT, wanted: [wanted(), maskStep] }
  ],
  ['a server with a mark of another mask', applyEphemeral, { ...PR, live: [own({ masked: 'abc' })] }],
  [
    'a copy whose mask is still to run',
    applyEphemeral,
    { ...CLONE, live: [own({ masked: 'pending' })], run: TEXT, wanted: [wanted(), maskStep] }
  ],
  [
    'a copy that is masked',
    applyEphemeral,
    { ...CLONE, live: [own({ masked: MASKED })], run: TEXT, wanted: [wanted()] }
  ],
  [
    'a copy that is masked, with scripts to run',
    applyEphemeral,
    { ...CLONE, live: [own({ masked: `${MASKED}-begun` })], run: TEXT, wanted: [wanted(), initStep] }
  ],
  ['a copy with scripts', applyEphemeral, { ...CLONE, wanted: [wanted(), initStep] }],
  ['a server with scripts', applyEphemeral, { ...PR, wanted: [wanted(), initStep] }],
  ['a copy in which nothing ran yet', applyEphemeral, { ...CLONE, live: [own({ masked: 'begun' })] }],
  ['a copy that needs no mask any more', applyEphemeral, { ...CLONE, live: [own({ masked: 'none' })] }],
  [
    'a copy whose scripts are not known',
    applyEphemeral,
    { ...CLONE, live: [own(), unreadInit], wanted: [wanted(), initStep] }
  ],
  [
    'a server whose scripts are not known',
    applyEphemeral,
    { ...PR, live: [own(), unreadInit], wanted: [wanted(), initStep] }
  ],
  [
    'another run has made it, smaller',
    applyEphemeral,
    {
      ...PR,
      live: [],
      wanted: [wanted()],
      existed: ['server'],
      session: { observe: inTurn([], [own({}, { size: 10 })]) }
    }
  ],
  ['no outputs at the end', applyEphemeral, { ...PR, live: [own()], database: undefined }],
  [
    'it is gone at the end',
    applyEphemeral,
    { ...PR, session: { apply: async () => ({ results: [], facts: new Map(), existed: new Set() }) } }
  ],
  [
    'it is unmarked at the end',
    applyEphemeral,
    {
      ...PR,
      session: {
        apply: async () => ({ results: [], facts: new Map(), existed: new Set() }),
        observe: inTurn([], [server({}, { ownership: { kind: 'unmarked' } })])
      }
    }
  ],
  [
    "it is another pull request's at the end",
    applyEphemeral,
    {
      ...PR,
      session: {
        apply: async () => ({ results: [], facts: new Map(), existed: new Set() }),
        observe: inTurn([], [server({}, { ownership: { kind: 'foreign', mark: markOf({ pullRequest: 8 }) } })])
      }
    }
  ]
];

test('the database of a pull request is made, masked, counted and shown, and its mark says what is still to do', async () => {
  expectGolden('commands-ephemeral.txt', await sections(EPHEMERALS));
});

let github: FakeGithub;
beforeAll(async () => {
  github = await startGithub();
  for (const number of [7, 8, 9, 10]) github.seedPull({ number });
  github.label(7, 'pgkeep-reset');
  github.close(8);
  github.merge(9);
});
afterAll(async () => github.stop());

const PULLS = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
/** The same about a pull request of the fake GitHub. */
const asked = (given: Told, number: number): Told => ({
  ...given,
  ephemeral: { ...SEVEN, ...given.ephemeral, pullRequest: number },
  target: { pullRequest: number },
  live: (given.live ?? []).map(one => ({ ...one, ownership: { kind: 'ours', mark: markOf({ pullRequest: number }) } })),
  secrets: { github_token: github.token },
  event: {
    ...PULL,
    apiUrl: github.url,
    headSha: github.issues().find(one => one.number === number)?.pull?.headSha,
    ...given.event
  }
});
const closing = { ...PULL, change: 'closed' };
const LIVE: Told = { ...PR, live: [own()] };

test('a pull request that is closed meanwhile keeps no database', async () => {
  const text = await sections([
    ['a label of the pull request', applyEphemeral, asked(LIVE, 7)],
    ['a closed one', applyEphemeral, asked(LIVE, 8)],
    ['a merged one without a database', applyEphemeral, asked(PR, 9)],
    ['a closed one whose removal fails', applyEphemeral, { ...asked(LIVE, 8), fails: { server: denied } }],
    [
      'one that is closed meanwhile',
      applyEphemeral,
      {
        ...asked(PR, 10),
        session: {
          check: async () => {
            github.close(10);
            return { problems: [], notices: [] };
          }
        }
      }
    ],
    ['one that does not exist', destroyEphemeral, asked({ ...LIVE, event: closing }, 77)],
    ['one that is closed', destroyEphemeral, asked({ ...LIVE, event: closing }, 8)],
    ['one that is open again', destroyEphemeral, asked({ ...LIVE, event: closing }, 7)],
    ['an open one, by another event', destroyEphemeral, asked(LIVE, 7)],
    ['a removal that fails', destroyEphemeral, { ...asked(LIVE, 7), fails: { server: denied } }],
    ['no pull request', destroyEphemeral, { ...LIVE, ephemeral: { ...SEVEN, pullRequest: undefined } }]
  ]);
  github.fault({ on: PULLS, answer: serverError(), times: 99 });
  const more = await sections([['while GitHub fails', destroyEphemeral, asked({ ...LIVE, event: closing }, 7)]]);
  const deployments = github.deployments().map(({ task, description, statuses }) => {
    return `${task} ${description} ${statuses.map(({ state }) => state).join()}`;
  });
  expectGolden('commands-closed.txt', `${text}\n${more}\n# deployments\n${deployments.join('\n')}\n`);
});

type Listed = NonNullable<Told['servers']>[number];
const throwaway = (mark: Listed['mark'], more: Partial<Listed> = {}): Listed => ({
  title: 'server orders-rc-0123abcd',
  mark: { name: 'orders-rc-0123abcd', expiresAt: '2026-02-01T00:00:00Z', run: '9.1', ...mark },
  live: [server()],
  ...more
});
const NEWEST: ToldSession = {
  newestBackup: async () => ({
    kind: 'found',
    at: '2025-12-31T23:00:00Z',
    title: 'the backup of it',
    restore: { restore_source: 'orders' }
  })
};
const checks = (text: string): NonNullable<Told['run']> => ({ check_sql: { kind: 'text', text } });
const CHECK = checks('select 1 < 2');
const answers = (rows: readonly object[]): WayIn => fakeWayIn({ rows });
const PASSES = answers([{ passes: true }]);
const RESTORED: Told = { live: [server()], session: NEWEST, run: CHECK, copy: { wanted: [wanted()], way: PASSES } };
const copied = (copy: Told): Told => ({ ...RESTORED, copy: { ...RESTORED.copy, ...copy } });
const closed = (): FakeContext => {
  const execution = fakeContext();
  execution.abort(new ActionError('The run was cancelled', { code: 'cancelled', source: 'user' }));
  return execution;
};

const RESTORES: readonly Row[] = [
  ['without a wait', restoreCheck, { ...RESTORED, options: { wait: false } }],
  ['for a pull request', restoreCheck, { ...RESTORED, ephemeral: SEVEN }],
  [
    "another owner's",
    restoreCheck,
    {
      ...RESTORED,
      live: [server({}, { ownership: { kind: 'foreign', mark: markOf({ repository: 'acme/billing' }) } })]
    }
  ],
  ['an unmarked one', restoreCheck, { ...RESTORED, live: [server({}, { ownership: { kind: 'unmarked' } })] }],
  ['no server, whose backups are left', restoreCheck, { ...RESTORED, live: [] }],
  ['no backup', restoreCheck, { ...RESTORED, session: {} }],
  [
    'an input that the copy does not take',
    restoreCheck,
    {
      ...RESTORED,
      provider: {
        validate: () => ({
          problems: [{ input: 'instance_class', value: 'b', why: 'is not on offer', instead: 'take a' }],
          notices: []
        })
      }
    }
  ],
  ['a plan', restoreCheck, { ...RESTORED, options: { dry_run: true }, servers: [throwaway({ run: '7.1' })] }],
  ['a refused plan', restoreCheck, copied({ live: [server({ size: 30 })] })],
  ['a password that no input gives', restoreCheck, { ...RESTORED, way: passwordUnknown('postgres') }],
  [
    'a password that an input gives, and the server does not tell',
    restoreCheck,
    { ...RESTORED, way: passwordUnknown('postgres'), secrets: { master_password: 'correct-horse' } }
  ],
  ['a backup that passes', restoreCheck, RESTORED],
  [
    'a backup that passes, with all settings',
    restoreCheck,
    {
      ...RESTORED,
      settings: { database_name: 'shop', multi_az: true, engine_version: '17' },
      run: { ...CHECK, ...TEXT },
      notices: [{ code: 'a', severity: 'danger', message: 'Mind it.' }]
    }
  ],
  [
    'a backup with scripts',
    restoreCheck,
    {
      ...copied({
        facts: {
          'mask-sql': { reachedAt: '2026-01-01T00:01:00.000Z' },
          'init-sql': { ran: 2, reachedAt: '2026-01-01T00:02:00.000Z' }
        }
      }),
      run: { ...CHECK, ...TEXT }
    }
  ],
  [
    'a backup with initial scripts alone',
    restoreCheck,
    copied({ facts: { 'init-sql': { ran: 2, reachedAt: '2026-01-01T00:02:00.040Z' } } })
  ],
  ['no checks', restoreCheck, { ...RESTORED, run: {} }],
  ['a check that fails', restoreCheck, copied({ way: answers([{ passes: false }]) })],
  [
    'two checks that fail',
    restoreCheck,
    { ...copied({ way: answers([{ passes: false }]) }), run: checks('select 1; select 2') }
  ],
  [
    'three checks that fail',
    restoreCheck,
    { ...copied({ way: answers([]) }), run: checks('select 1; select 2; select 3') }
  ],
  ['a check that is no SQL', restoreCheck, { ...RESTORED, run: checks('\\connect other') }],
  [
    'no way into the copy',
    restoreCheck,
    copied({ way: { kind: 'not-reachable', why: 'it is private', hint: 'Run it there.' } })
  ],
  [
    'no answer of the copy',
    restoreCheck,
    copied({ way: { ...PASSES, open: async () => ({ kind: 'not-reachable', why: 'no answer', hint: 'Look again.' }) } })
  ],
  ...(['failed', 'transient', 'unauthenticated', 'invalid', 'denied'] as const).map((kind): Row => [
    `a copy that answers ${kind}`,
    restoreCheck,
    copied({ way: { ...PASSES, open: rejects(failure(kind, `Could not connect: ${kind}`)) } })
  ]),
  ['a copy without outputs', restoreCheck, copied({ database: undefined })],
  ['a restore that fails', restoreCheck, copied({ fails: { server: denied } })],
  ['a restore that is invalid', restoreCheck, copied({ fails: { server: failure('invalid', 'Could not make it') } })],
  ['a restore beyond the quota', restoreCheck, copied({ fails: { server: failure('quota', 'Could not make it') } })],
  [
    'a restore without an answer',
    restoreCheck,
    copied({ fails: { server: failure('transient', 'Could not make it') } })
  ],
  ['a mask that fails', restoreCheck, copied({ wanted: [wanted(), maskStep], fails: { 'mask-sql': ofSql } })],
  [
    'a mask that fails for want of a way',
    restoreCheck,
    copied({ wanted: [wanted(), maskStep], fails: { 'mask-sql': failure('transient', 'no answer') } })
  ],
  [
    'initial SQL that fails, with a hint',
    restoreCheck,
    copied({
      wanted: [wanted(), initStep],
      fails: {
        'init-sql': new ActionError('Could not run a.sql line 1: no table', {
          code: 'init-sql-failed',
          source: 'user',
          hint: 'Make it.'
        })
      }
    })
  ],
  [
    'something else in the server that fails',
    restoreCheck,
    copied({ wanted: [wanted(), desired('database/a', {}, { type: 'database' })], fails: { 'database/a': ofSql } })
  ],
  ['a copy that is not destroyed', restoreCheck, copied({ session: { dependents: rejects(denied) } })],
  [
    'a copy that fails and is not destroyed',
    restoreCheck,
    copied({ way: answers([{ passes: false }]), session: { dependents: rejects(denied) } })
  ],
  ['a cancelled run', restoreCheck, { ...RESTORED, execution: closed() }],
  [
    'leftovers',
    restoreCheck,
    {
      ...RESTORED,
      servers: [
        throwaway({ expiresAt: '2026-01-01T00:00:00Z' }, { title: 'expired' }),
        throwaway({ expiresAt: '2026-01-01T00:00:01Z' }, { title: 'kept' }),
        throwaway({ run: '7.1' }, { title: 'of the first attempt' }),
        throwaway({ run: '7.2' }, { title: 'of this attempt' }),
        throwaway({ run: '8.1' }, { title: 'of another run' }),
        throwaway({ run: '7.1' }, { title: 'that fails', fails: { server: denied } }),
        throwaway({ run: '7.1', pullRequest: 7 }, { title: "a pull request's" }),
        throwaway({ run: '7.1', repository: 'acme/billing' }, { title: "another repository's" }),
        { title: 'unmarked', mark: undefined }
      ]
    }
  ],
  [
    'leftovers of a cancelled run',
    restoreCheck,
    { ...RESTORED, execution: closed(), servers: [throwaway({ run: '7.1' })] }
  ]
];

test('a restore check proves the newest backup, and leaves no server', async () => {
  expectGolden('commands-restore-check.txt', await sections(RESTORES));
});

const rules = (request: object | undefined, dismiss: () => Promise<void> = async () => undefined): ToldSession => ({
  runnerAccess: {
    request,
    rules: async () => [
      { name: 'rule-1', address: '192.0.2.1', expiresAt: '2026-01-01T00:00:00.000Z' },
      { name: 'rule-2', address: '192.0.2.2', expiresAt: '2026-01-01T00:00:00.001Z' }
    ],
    dismiss
  } as never
});
const ALL: readonly Listed[] = [
  { title: 'expired', mark: { pullRequest: 7, expiresAt: '2026-01-01T00:00:00Z' }, live: [server()] },
  { title: 'open', mark: { pullRequest: 7, expiresAt: '2026-01-01T00:00:01Z' }, live: [server()] },
  { title: 'closed', mark: { pullRequest: 8 }, live: [server()] },
  { title: 'without one', mark: { pullRequest: 70 }, live: [server()] },
  { title: 'gone already', mark: { pullRequest: 8 } },
  { title: 'that fails', mark: { pullRequest: 8 }, live: [server()], fails: { server: denied } },
  { title: "another owner's", mark: { pullRequest: 8, repository: 'acme/billing' }, live: [server()] },
  { title: 'unmarked', mark: undefined },
  { title: 'of no pull request', mark: {} },
  throwaway({ expiresAt: '2026-01-01T00:00:00Z' }, { title: 'an expired restore check' }),
  throwaway({}, { title: 'a restore check' })
];
const SWEEP: Told = { ephemeral: { ...SEVEN, pullRequest: undefined } };
const CLOSED: Listed = { title: 'closed', mark: { pullRequest: 8 }, live: [server()] };

/** It is cancelled while two servers are removed: one of them goes to its end. */
function interrupted(given: Told): Told {
  const execution = fakeContext();
  const abort = async (): Promise<never> => {
    await turn();
    const reason = new ActionError('The run was cancelled', { code: 'cancelled', source: 'user' });
    execution.abort(reason);
    throw reason;
  };
  const slowly: ToldSession['apply'] = async () => {
    for (let turns = 0; turns < 5; turns += 1) await turn();
    return { results: [], facts: new Map(), existed: new Set() };
  };
  const first = { ...CLOSED, title: 'slow', mark: { pullRequest: 70 }, session: { apply: slowly } };
  return { ...given, execution, servers: [first, { ...CLOSED, title: 'fails', session: { dependents: abort } }] };
}

test('a sweep removes what is left, and says why the rest stays', async () => {
  await github.stop();
  github = await startGithub();
  for (const number of [7, 8, 9]) github.seedPull({ number });
  github.close(8);
  for (const task of ['pgkeep:pull-7', 'pgkeep:pull-8']) github.seedDeployment(task);
  const secrets = { github_token: github.token };
  const token: Told = { ...SWEEP, secrets, event: { kind: 'schedule', apiUrl: github.url } };
  const text = await sections([
    ['nothing is named', sweep, {}],
    ['nothing is there', sweep, token],
    ['all, in a plan', sweep, { ...token, servers: ALL, options: { dry_run: true } }],
    ['all', sweep, { ...token, servers: ALL }],
    ['one that waits', sweep, { ...token, servers: [{ ...CLOSED, fails: { server: waits } }] }],
    [
      'one that is refused',
      sweep,
      { ...token, servers: [{ ...CLOSED, live: [server({}, { ownership: { kind: 'unmarked' } })] }] }
    ],
    ['restore checks alone', sweep, { secrets, run: CHECK, servers: ALL }],
    ['rules alone', sweep, { session: rules({}) }],
    ['rules alone, in a plan', sweep, { session: rules({}), options: { dry_run: true } }],
    ['rules that stay', sweep, { session: rules({}, rejects(denied)) }],
    ['rules that nothing asks about', sweep, { ...token, session: rules(undefined) }],
    [
      'rules of the servers that stay',
      sweep,
      {
        ...token,
        session: rules({}),
        servers: [
          { title: 'open', mark: { pullRequest: 7 }, session: rules({}) },
          { ...CLOSED, session: rules({}) }
        ]
      }
    ],
    ['one that is open, in a plan', sweep, { ...token, servers: ALL.slice(1, 2), options: { dry_run: true } }],
    ['a run that is cancelled in between', sweep, interrupted(token)],
    ['a cancelled run', sweep, { ...SWEEP, servers: ALL.slice(0, 1), execution: closed() }],
    ['without a token', sweep, { ...SWEEP, servers: ALL.slice(0, 3) }]
  ]);
  github.fault({ on: PULLS, answer: serverError(), times: 99 });
  const more = await sections([['while GitHub does not answer', sweep, { ...token, servers: ALL.slice(0, 3) }]]);
  const gone = github.deployments().map(({ task, statuses }) => `${task} ${statuses.map(({ state }) => state).join()}`);
  expectGolden('commands-sweep.txt', `${text}\n${more}\n# deployments\n${gone.join('\n')}\n`);
});

const opened: string[] = [];
/** A way into a server without tables, which tells what is opened and closed. */
function catalog(): WayIn {
  const way = fakeWayIn({});
  return {
    ...way,
    open: async (entry, signal) => {
      const one = await way.open(entry, signal);
      if (one.kind !== 'open') return one;
      opened.push(`opens ${JSON.stringify(entry)}`);
      const close = async (): Promise<void> => void opened.push(`closes ${entry.database}`);
      return { ...one, session: { ...one.session, database: entry.database, close } };
    }
  };
}
const NOT_REACHED = { kind: 'not-reachable', why: 'it is private', hint: 'Run it there.' } as const;
const based = (way: WayIn | typeof NOT_REACHED = catalog()): ToldSession => ({
  base: async () => ({
    endpoint: { ...ENDPOINT, database: 'main' },
    way: way as WayIn,
    close: async () => void opened.push('closes the base')
  })
});
const withPassword = { ...OUTPUTS, endpoint: { ...ENDPOINT, password: 'p' } };
const DIFF: Told = { ...PR, live: [own()], database: withPassword, session: based(), way: catalog() };
const LOGIN = { database: OUTPUTS, settings: { login_as: 'ci' } };

const SCHEMAS: readonly Row[] = [
  ['no `ephemeral`', schemaDiff, { live: [own()], session: based() }],
  ['no base', schemaDiff, { ...DIFF, session: {} }],
  ['no pull request', schemaDiff, { ...DIFF, ephemeral: { ...SEVEN, pullRequest: undefined } }],
  ['no database', schemaDiff, { ...DIFF, live: [] }],
  ['no password', schemaDiff, { ...DIFF, database: OUTPUTS }],
  ['no password, and a login without one', schemaDiff, { ...DIFF, ...LOGIN }],
  [
    'no password of a database, and such a login',
    schemaDiff,
    { ...DIFF, ...LOGIN, ephemeral: { ...SEVEN, kind: 'database' } }
  ],
  ['the same', schemaDiff, DIFF],
  [
    'a named base',
    schemaDiff,
    { ...DIFF, run: { schema_base: 'a' }, settings: { template_database: 'b', database_name: 'c' } }
  ],
  ['a copied base', schemaDiff, { ...DIFF, settings: { template_database: 'b', database_name: 'c' } }],
  ['the database of the inputs', schemaDiff, { ...DIFF, settings: { database_name: 'c' } }],
  ['a base out of reach', schemaDiff, { ...DIFF, session: based(NOT_REACHED) }],
  ['a database without an answer', schemaDiff, { ...DIFF, way: { ...catalog(), open: async () => NOT_REACHED } }]
];

test('the schema of a pull request is compared with that of the base that counts', async () => {
  opened.length = 0;
  const text = await sections(SCHEMAS);
  expectGolden('commands-schema-diff.txt', `${text}\n# sessions\n${opened.join('\n')}\n`);
});
