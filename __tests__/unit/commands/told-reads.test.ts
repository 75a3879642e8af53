import { check } from '../../../src/commands/check.ts';
import type { Command } from '../../../src/commands/command.ts';
import { doctor, doctorWithoutSession } from '../../../src/commands/doctor.ts';
import { outputs } from '../../../src/commands/outputs.ts';
import { plan } from '../../../src/commands/plan.ts';
import { snapshot } from '../../../src/commands/snapshot.ts';
import { verify } from '../../../src/commands/verify.ts';
import { ownTagsOf, rememberPassword } from '../../../src/engine/own-tags.ts';
import { ActionError, type ErrorCode } from '../../../src/errors.ts';
import type { WayIn } from '../../../src/postgres/way-in.ts';
import type { DatabaseOutputs, Finding } from '../../../src/providers/provider.ts';
import type { Settings } from '../../../src/spec/catalogue.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { expectGolden } from '../../support/golden.ts';
import { desired, observed } from '../../support/resources.ts';
import {
  appliedAs,
  ENDPOINT,
  failure,
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

const denied = failure('denied', 'Could not read it: denied', 'Allow it.');
const refused = new ActionError('Could not do it: no', { code: 'not-found', source: 'user', hint: 'Look.' });

const SAME: Told = { live: [server()], wanted: [wanted()] };
/** A server that this workflow applied as it is wanted now, and which is otherwise now. */
const DRIFTED: Told = {
  live: [server({ size: 30, class: 'a' }, { mark: { applied: appliedAs({ size: 30, class: 'b' }) } })],
  wanted: [wanted({ size: 30, class: 'b' })]
};
const UNREAD: Told = {
  live: [server({ size: 20 }, { unknown: { class: 'rds:Describe', size: 'rds:List' } })],
  wanted: [wanted({ size: 20, class: 'a' })]
};
const backup = (at: string): ToldSession => ({
  newestBackup: async () => ({ kind: 'found', at, title: 'the backup of it', restore: {} })
});
const trail = {
  name: 'CloudTrail',
  events: [{ at: '2026-01-01T00:00:00Z', by: 'ann', what: 'Modify', on: 'server orders' }]
};
const advised: ToldSession = {
  advice: async () => [
    { code: 'a', severity: 'info', message: 'Shrink it.' },
    { code: 'b', severity: 'warning', message: 'Grow it.' },
    { code: 'c', severity: 'danger', message: 'Grow it now.' }
  ]
};

const CHECKS: readonly Row[] = [
  ['nothing is there', check, { wanted: [wanted()], run: { advice: true, max_backup_age: 60 }, session: advised }],
  ['nothing has changed', check, SAME],
  ['it has drifted, and no trail is kept', check, DRIFTED],
  ['it has drifted, and the trail tells who', check, { ...DRIFTED, session: { whoChanged: async () => trail } }],
  ['it has drifted, and the trail may not be read', check, { ...DRIFTED, session: { whoChanged: rejects(denied) } }],
  ['it has drifted, and the trail fails otherwise', check, { ...DRIFTED, session: { whoChanged: rejects(refused) } }],
  [
    'the workflow has changed',
    check,
    {
      live: [server({ size: 20, class: 'a' }, { mark: { applied: appliedAs({ size: 20, class: 'a' }) } })],
      wanted: [wanted({ size: 20, class: 'b' })]
    }
  ],
  [
    'both have changed',
    check,
    {
      live: [server({ size: 20, class: 'a' }, { mark: { applied: appliedAs({ size: 20, class: 'b' }) } })],
      wanted: [wanted({ size: 30, class: 'b' })]
    }
  ],
  ['no apply has finished', check, { live: [server({ size: 20 })], wanted: [wanted({ size: 30 })] }],
  ['something is not known', check, UNREAD],
  ['something is not known, which is allowed', check, { ...UNREAD, options: { allow_unknown: true } }],
  [
    'the newest backup is a minute too old',
    check,
    { ...SAME, run: { max_backup_age: 59 }, session: backup('2025-12-31T23:00:00Z') }
  ],
  [
    'the newest backup is just in time',
    check,
    { ...SAME, run: { max_backup_age: 60 }, session: backup('2025-12-31T23:00:00Z') }
  ],
  ['there is no backup', check, { ...SAME, run: { max_backup_age: 60 } }],
  [
    'the backup may not be read',
    check,
    { ...SAME, run: { max_backup_age: 60 }, session: { newestBackup: rejects(denied) } }
  ],
  ['the backup fails otherwise', check, { ...SAME, session: { newestBackup: rejects(refused) } }],
  [
    "a pull request's",
    check,
    { ...SAME, target: { pullRequest: 7 }, run: { max_backup_age: 60, advice: true }, session: advised }
  ],
  ['advice is given', check, { ...SAME, run: { advice: true }, session: advised }],
  ['advice is not asked for', check, { ...SAME, session: advised }],
  ['advice may not be read', check, { ...SAME, run: { advice: true }, session: { advice: rejects(denied) } }],
  [
    'advice may not be read, without a hint',
    check,
    { ...SAME, run: { advice: true }, session: { advice: rejects(failure('denied', 'No.')) } }
  ],
  ['advice fails otherwise', check, { ...SAME, run: { advice: true }, session: { advice: rejects(refused) } }]
];

const OTHERS = { kind: 'foreign', mark: markOf({ repository: 'acme/billing' }) } as const;
const UNMARKED = { kind: 'unmarked' } as const;
const withPassword: DatabaseOutputs = { ...OUTPUTS, endpoint: { ...ENDPOINT, password: 'p' } };
const unsent = {
  ownTags: rememberPassword(ownTagsOf([], undefined), {
    steps: [{ type: 'server', action: 'adopt', changes: [] } as never]
  })
};
const SECRET = { secrets: { master_password: 'p' } };
const opened = { wayIn: async (): Promise<WayIn> => fakeWayIn({}) };

const OUTPUT_ROWS: readonly Row[] = [
  ['none is there', outputs, {}],
  ["another owner's", outputs, { live: [server({}, { ownership: OTHERS })] }],
  ['a promoted replica took over', outputs, { live: [server({}, { mark: { promotedTo: 'orders-2' } })] }],
  [
    'a promoted replica of another region took over',
    outputs,
    { live: [server({}, { mark: { promotedTo: 'orders-2@eu-north-1' } })] }
  ],
  [
    'a copy that is not masked',
    outputs,
    { live: [server({}, { mark: { pullRequest: 7, masked: 'running' } })], target: { pullRequest: 7 } }
  ],
  ['it has a state and no outputs', outputs, { live: [server({ status: 'stopped' })], database: undefined }],
  ['it has neither', outputs, { live: [server({})], database: undefined }],
  ['it is there', outputs, { live: [server()], session: { ...opened, ...backup('2025-12-31T23:00:00Z') } }],
  ["it is a pull request's", outputs, { live: [server()], target: { pullRequest: 7 }, session: opened }],
  [
    'unmarked, with a password that no login checked',
    outputs,
    { live: [server({}, { ownership: UNMARKED })], database: withPassword, ...SECRET }
  ],
  [
    'unmarked, with a password that a login checked',
    outputs,
    { live: [server({}, { ownership: UNMARKED })], database: withPassword, ...SECRET, session: opened }
  ],
  [
    'unmarked, with a password of its own',
    outputs,
    {
      live: [server({}, { ownership: UNMARKED })],
      database: withPassword,
      secrets: { master_password: 'another' }
    }
  ],
  ['unmarked, without a password', outputs, { live: [server({}, { ownership: UNMARKED })], ...SECRET }],
  [
    'ours, adopted with a password that was never sent',
    outputs,
    { live: [server({}, { mark: unsent })], database: withPassword, ...SECRET }
  ],
  ['ours, with a password that was sent', outputs, { live: [server()], database: withPassword, ...SECRET }]
];

const missing = new ActionError('There is no role app', { code: 'not-found', source: 'user' });
const APP = { application_role: 'app' };
const PULL = { kind: 'pull_request', target: false, pullRequest: { number: 7, fork: false, labels: [] } };
const LOGIN = { job: 'Log in to RDS', terminal: 'Run `aws login`' };
const ABOUT = { number: 7, headSha: 'h', fork: false, state: 'open', baseBranch: 'main', holdsHead: true };

const PLANS: readonly Row[] = [
  ['a new server', plan, { wanted: [wanted()] }],
  ['no changes', plan, SAME],
  ['a change', plan, { live: [server({ size: 10 })], wanted: [wanted()] }],
  ['a refused change', plan, { live: [server({ size: 30 })], wanted: [wanted()] }],
  [
    'two refused changes',
    plan,
    {
      live: [server({ size: 30 }), observed('a', {}, { ownership: UNMARKED })],
      wanted: [wanted(), desired('a', { plain: 1 })]
    }
  ],
  ["another owner's", plan, { live: [server({}, { ownership: OTHERS })], wanted: [wanted()] }],
  [
    'a copy that is not masked',
    plan,
    { live: [server({}, { mark: { pullRequest: 7, masked: 'running' } })], target: { pullRequest: 7 } }
  ],
  [
    'the role of the outputs is not there yet',
    plan,
    { ...SAME, settings: APP, session: { outputs: rejects(missing) } }
  ],
  ['something else is not there', plan, { ...SAME, session: { outputs: rejects(missing) } }],
  [
    'the outputs fail otherwise',
    plan,
    {
      ...SAME,
      settings: APP,
      session: { outputs: rejects(new ActionError('No', { code: 'unsupported', source: 'user' })) }
    }
  ],
  ...(['denied', 'busy', 'throttled', 'transient', 'failed'] as const).map((kind): Row => [
    `the outputs fail with ${kind}`,
    plan,
    { ...SAME, settings: APP, session: { outputs: rejects(failure(kind, `Could not read: ${kind}`)) } }
  ]),
  [
    'an adopted server with a password',
    plan,
    {
      live: [server({}, { ownership: UNMARKED })],
      wanted: [wanted()],
      options: { adopt_existing: 'orders' },
      database: withPassword,
      ...SECRET,
      session: opened
    }
  ],
  ['a server with a password', plan, { ...SAME, database: withPassword, ...SECRET }],
  [
    'its authority could not be read',
    plan,
    { ...SAME, database: { ...OUTPUTS, endpoint: { ...ENDPOINT, sslmode: 'require' } } }
  ],
  ['a name to adopt that is not there', plan, { wanted: [wanted()], options: { adopt_existing: 'orders' } }],
  [
    'a name to adopt that is not there, without a region',
    plan,
    { wanted: [wanted()], options: { adopt_existing: 'orders' }, target: { region: '' } }
  ],
  [
    "a name to adopt for a pull request's",
    plan,
    { wanted: [wanted()], options: { adopt_existing: 'orders' }, target: { pullRequest: 7 } }
  ],
  [
    'a cloud that refuses an input',
    plan,
    {
      wanted: [wanted()],
      session: {
        check: async () => ({
          problems: [{ input: 'instance_class', value: 'b', why: 'is not on offer', instead: 'take a' }],
          notices: []
        })
      }
    }
  ],
  [
    'a notice of the cloud',
    plan,
    {
      ...SAME,
      session: {
        check: async () => ({ problems: [], notices: [{ code: 'public', severity: 'danger', message: 'Open.' }] })
      }
    }
  ],
  [
    'something that no input names any more',
    plan,
    {
      ...SAME,
      live: [
        server(),
        observed(
          'database/a',
          {},
          { type: 'database', title: 'database a', ownership: { kind: 'ours', mark: markOf() } }
        )
      ]
    }
  ],
  [
    'a mapped input',
    plan,
    {
      ...SAME,
      notices: [{ code: 'value-mapped', severity: 'info', input: 'instance_class', message: 'It is taken for b.' }]
    }
  ],
  [
    'a mapped input that is not allowed',
    plan,
    {
      ...SAME,
      options: { strict: true },
      notices: [{ code: 'value-mapped', severity: 'info', input: 'instance_class', message: 'It is taken for b.' }]
    }
  ],
  ['a cost that nothing tells', plan, { ...SAME, run: { estimate_cost: true } }],
  [
    'a cost',
    plan,
    {
      ...SAME,
      run: { estimate_cost: true },
      session: {
        cost: async () => ({
          cost: { currency: 'USD', monthly: 3, lines: [], assumptions: [] },
          notices: [{ code: 'cost', severity: 'info', message: 'A guess.' }]
        })
      }
    }
  ],
  [
    'a cost that is not asked for',
    plan,
    { ...SAME, session: { cost: async () => ({ notices: [{ code: 'cost', severity: 'info', message: 'A guess.' }] }) } }
  ],
  [
    'a removal that another server is in the way of',
    plan,
    {
      live: [server(), observed('a')],
      wanted: [wanted(), desired('a', {}, { presence: 'absent' })],
      dependents: [observed('b', {}, { title: 'a view of b', ownership: UNMARKED, dependsOn: ['a'] })]
    }
  ],
  [
    'a removal that is refused',
    plan,
    {
      live: [server(), observed('a', {}, { isProtected: true })],
      wanted: [wanted(), desired('a', {}, { presence: 'absent' })]
    }
  ],
  ['of a pull request', plan, { ...SAME, event: PULL }],
  ['of a pull request, with the workflow of its base', plan, { ...SAME, event: { ...PULL, target: true } }],
  ['of a closed one', plan, { ...SAME, event: { ...PULL, pullRequest: { ...PULL.pullRequest, state: 'closed' } } }],
  ['of a fork', plan, { ...SAME, event: { ...PULL, pullRequest: { ...PULL.pullRequest, fork: true } } }],
  ['of a pull request, without reviews', plan, { ...SAME, event: PULL, run: { approval: 'off' } }],
  ["of a pull request's database", plan, { ...SAME, event: PULL, target: { pullRequest: 7 } }],
  ['about a pull request', plan, { ...SAME, event: { about: ABOUT } }],
  [
    'about a pull request whose code it does not hold',
    plan,
    { ...SAME, event: { about: { ...ABOUT, holdsHead: false } } }
  ],
  ['about a fork', plan, { ...SAME, event: { about: { ...ABOUT, fork: true } } }]
];

const SNAPSHOTS: readonly Row[] = [
  ['a new one', snapshot, { live: [server()] }],
  [
    'one that exists',
    snapshot,
    { live: [server()], session: { snapshot: async () => ({ id: 'orders-1', detail: '12 MB', existed: true }) } }
  ]
];

/** What the doctor finds where the provider opens, and where it does not. */
const FOUND: readonly Finding[] = [
  { what: 'Credentials', state: 'ok', detail: 'of ann' },
  { what: 'Permission rds:List', state: 'unknown', detail: 'may be missing', hint: 'Log in to RDS.' },
  { what: 'Region', state: 'missing', detail: 'Log in to RDS: none is set', hint: 'Log in to RDS.' },
  { what: 'Network', state: 'missing', detail: 'no answer' }
];
const findings = (...found: readonly Finding[]): ToldSession => ({ doctor: async () => found });
const FORK = { ...PULL, pullRequest: { ...PULL.pullRequest, fork: true } };
const TERMINAL = { kind: 'other', name: 'terminal' };
/** A default branch that no event names, and no GitHub that answers. */
const NO_BRANCH = { defaultBranch: undefined };
const TOKEN = { github_token: 't' };
const unopened =
  (code: ErrorCode): Command =>
  async run =>
    doctorWithoutSession(run, new ActionError('Could not log in', { code, source: 'user', hint: 'Log in.' }));

const DOCTORS: readonly Row[] = [
  ['no token', doctor, { session: findings(...FOUND.slice(0, 1)) }],
  ['something is missing', doctor, { event: NO_BRANCH, session: findings(...FOUND) }],
  ['something without a hint is missing', doctor, { event: NO_BRANCH, session: findings(...FOUND.slice(3)) }],
  ['on a terminal', doctor, { event: TERMINAL, secrets: TOKEN, session: findings(...FOUND) }],
  [
    'on a terminal, with a login of the cloud',
    doctor,
    { event: TERMINAL, provider: { login: LOGIN }, session: findings(...FOUND) }
  ],
  ['in a workflow, with such a login', doctor, { provider: { login: LOGIN }, session: findings(...FOUND) }],
  ['without credentials', unopened('credentials-missing'), { event: NO_BRANCH }],
  ['with another failure', unopened('provider-failed'), { event: NO_BRANCH }],
  ['without credentials, of a fork', unopened('credentials-missing'), { event: FORK }]
];

/** `verify` as a command, of these outputs. */
const verified =
  (database: DatabaseOutputs = withPassword): Command =>
  async run => {
    const { isConnected, notice } = await verify(run, [], database);
    const remark = `${isConnected ? 'connected' : 'not connected'}${notice === undefined ? '' : ` (${notice.severity} ${notice.code})`}`;
    return { command: 'outputs', result: 'no-changes', remark };
  };
const AS_APP: DatabaseOutputs = { ...withPassword, endpoint: { ...withPassword.endpoint, username: 'app' } };
const VERSIONS = { provider: { capabilities: { 'password-version': { can: true } } as never } };
const NO_VERSIONS = { provider: { capabilities: { 'password-version': { can: false } } as never } };
const through = (way: Partial<WayIn>, more: ToldSession = {}): Told => ({
  session: { wayIn: async () => ({ ...fakeWayIn({}), ...way }), ...more },
  ...NO_VERSIONS
});
const closed: Partial<WayIn> = { open: async () => ({ kind: 'not-reachable', why: 'no answer', hint: 'Look again.' }) };
const wrong: Partial<WayIn> = { open: rejects(failure('unauthenticated', 'wrong password')) };
const GIVEN = { settings: { master_password: true } satisfies Settings };
const access = (request?: object): ToldSession => ({ runnerAccess: { request } as never });

const CONNECTIONS: readonly Row[] = [
  ['a stopped server', verified({ ...withPassword, isStopped: true }), {}],
  [
    'a server that this run has seen',
    verified({ ...withPassword, proof: { serverVersion: '17.1', encrypted: false } }),
    {}
  ],
  ['no way in', verified(), {}],
  ['a way in', verified(), through({ title: 'through a connector' })],
  ['a way in, and no password', verified(OUTPUTS), through({})],
  ['a way in, and a login without one', verified(OUTPUTS), { ...through({}), settings: { login_as: 'ci' } }],
  ['a way that keeps no session', verified(), through({ keepsSession: false })],
  ['a way that keeps no session, without a password', verified(OUTPUTS), through({ keepsSession: false })],
  ['a firewall that may be opened', verified(), through(closed, access())],
  ['a firewall that was opened', verified(), through(closed, access({}))],
  ['a firewall that is passed by', verified(), through({ ...closed, passesFirewall: true }, access())],
  ['no firewall', verified(), through(closed)],
  ['no answer', verified(), through({ open: rejects(failure('transient', 'Could not connect: reset')) })],
  ['a wrong password', verified(), through(wrong)],
  ['a wrong password that was given', verified(), { ...through(wrong), ...VERSIONS, ...GIVEN }],
  ['a wrong password that was given, without versions', verified(), { ...through(wrong), ...GIVEN }],
  ['a wrong password that was not given', verified(), { ...through(wrong), ...VERSIONS }],
  ['a wrong password of a role', verified(AS_APP), { ...through(wrong), ...VERSIONS, settings: APP }],
  ['a wrong password of the administrator, with a role', verified(), { ...through(wrong), ...VERSIONS, settings: APP }],
  [
    'a refused identity',
    verified(OUTPUTS),
    { ...through(wrong), ...VERSIONS, settings: { ...GIVEN.settings, login_as: 'ci' } }
  ],
  ['a refused statement', verified(), through({ open: rejects(failure('failed', 'it is full')) })],
  ['another failure', verified(), through({ open: rejects(new TypeError('no')) })]
];

test('a check tells what is otherwise, who caused it, and how old the newest backup is', async () => {
  expectGolden('commands-check.txt', await sections(CHECKS));
});

test('a plan, outputs and a snapshot', async () => {
  expectGolden('commands-read.txt', await sections([...PLANS, ...OUTPUT_ROWS, ...SNAPSHOTS]));
});

test('the doctor, and what is said of a connection', async () => {
  expectGolden('commands-reach.txt', await sections([...DOCTORS, ...CONNECTIONS]));
});
