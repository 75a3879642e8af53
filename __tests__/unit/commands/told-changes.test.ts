import { apply } from '../../../src/commands/apply.ts';
import type { Run } from '../../../src/commands/command.ts';
import { destroy } from '../../../src/commands/destroy.ts';
import { operate } from '../../../src/commands/operate.ts';
import { release } from '../../../src/commands/release.ts';
import {
  OPERATIONS,
  type OperationDraft,
  type OperationState,
  type OperationStep
} from '../../../src/engine/operation.ts';
import type { Observed } from '../../../src/engine/resource.ts';
import { ActionError, ProviderError } from '../../../src/errors.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { expectGolden } from '../../support/golden.ts';
import { desired, observed } from '../../support/resources.ts';
import {
  appliedAs,
  ENDPOINT,
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

const refused = new ActionError('Could not do it: no', { code: 'plan-blocked', source: 'user', hint: 'Look.' });
const waits = new ActionError('It is not done yet', { code: 'in-progress', source: 'provider' });
const denied = new ProviderError('Could not call it: denied', { kind: 'denied' });
const OTHERS = { kind: 'foreign', mark: markOf({ repository: 'acme/billing' }) } as const;
const UNMARKED = { kind: 'unmarked' } as const;
/** Without a review: the database ends with the job. */
const ALONE: Told = { provider: { cleanUp: async () => undefined } };
const current = markOf({ applied: appliedAs({ size: 20 }), ownTags: [] });
const GROWS: Told = { ...ALONE, live: [server({ size: 10 }, { mark: current })], wanted: [wanted()] };
const opened: ToldSession = { wayIn: async () => fakeWayIn({}) };
const PASSWORD = {
  database: { ...OUTPUTS, endpoint: { ...ENDPOINT, password: 'p' } },
  secrets: { master_password: 'p' }
};
const ADOPTS: Told = {
  ...ALONE,
  ...PASSWORD,
  live: [server({ size: 20 }, { ownership: UNMARKED })],
  wanted: [wanted()],
  options: { adopt_existing: 'orders' }
};
const REQUIRE = { ...OUTPUTS, endpoint: { ...ENDPOINT, sslmode: 'require' } as const };

/** What is seen of the live state, one read after the other. */
const reads = (...found: readonly (readonly Observed[] | Error)[]): ToldSession => ({ observe: inTurn(...found) });

const BLIND = server({ size: 10 }, { mark: current, unknown: { class: 'a running server' } });
const TWO = [wanted({ size: 20, class: 'b' }), desired('a', { plain: 1 })];

const MADE_BY_OTHERS: Told = { ...ALONE, wanted: [wanted()], existed: ['server'] };
const SMALLER = [server({ size: 10, class: 'b' })];

const APPLIES: readonly Row[] = [
  ['nothing is there', apply, { ...ALONE, wanted: [wanted()] }],
  ['another run has made it, as it is wanted', apply, { ...MADE_BY_OTHERS, live: [] }],
  ['another run has made it, smaller', apply, { ...MADE_BY_OTHERS, session: { observe: inTurn([], SMALLER) } }],
  [
    'another run has made the rest, smaller',
    apply,
    { ...MADE_BY_OTHERS, existed: ['a'], session: { observe: inTurn([], SMALLER) } }
  ],
  ['no changes', apply, { ...ALONE, live: [server({ size: 20 }, { mark: current })], wanted: [wanted()] }],
  ['no changes, and an old mark', apply, { ...ALONE, live: [server({ size: 20 })], wanted: [wanted()] }],
  [
    'no changes, and other tags in the mark',
    apply,
    { ...ALONE, live: [server({ size: 20 }, { mark: { ...current, ownTags: ['a'] } })], wanted: [wanted()] }
  ],
  [
    'no changes, and a mark that is not written',
    apply,
    { ...ALONE, live: [server({ size: 20 })], wanted: [wanted()], session: { writeMark: rejects(denied) } }
  ],
  [
    'no changes, and no database',
    apply,
    { ...ALONE, live: [server({ size: 20 }, { mark: current })], wanted: [wanted()], database: undefined }
  ],
  [
    'no changes, and an authority that is not known',
    apply,
    { ...ALONE, live: [server({ size: 20 }, { mark: current })], wanted: [wanted()], database: REQUIRE }
  ],
  ['nothing is asked for', apply, ALONE],
  ['a change', apply, GROWS],
  ['a change, with a way in', apply, { ...GROWS, session: opened }],
  ['a change, and an authority that is not known', apply, { ...GROWS, database: REQUIRE, session: opened }],
  [
    'a change, and a cost',
    apply,
    {
      ...GROWS,
      run: { estimate_cost: true },
      session: {
        cost: async () => ({ notices: [], cost: { currency: 'USD', monthly: 3, lines: [], assumptions: [] } })
      }
    }
  ],
  ['a refused change', apply, { ...GROWS, live: [server({ size: 30 })] }],
  ['another plan than the confirmed one', apply, { ...GROWS, run: { confirm_plan: 'abc' } }],
  [
    'no changes, where another plan was confirmed',
    apply,
    { ...ALONE, live: [server({ size: 20 }, { mark: current })], wanted: [wanted()], run: { confirm_plan: 'abc' } }
  ],
  ['a change that fails', apply, { ...GROWS, fails: { server: denied } }],
  ['a change that takes longer', apply, { ...GROWS, fails: { server: waits } }],
  [
    'a change that fails before it begins',
    apply,
    {
      ...GROWS,
      session: {
        apply: async () => ({
          results: [{ address: 'server', title: 'server orders', action: 'update', outcome: 'not run', seconds: 0 }],
          facts: new Map(),
          existed: new Set(),
          error: refused
        })
      },
      run: { approval: 'off' },
      provider: {}
    }
  ],
  ['a change without a review that is asked for', apply, { ...GROWS, run: { approval: 'off' } }],
  ['a change after which nothing can be read', apply, { ...GROWS, session: reads(GROWS.live ?? [], denied) }],
  ['a change whose mark is not written', apply, { ...GROWS, session: { writeMark: rejects(waits) } }],
  ['a server is adopted', apply, ADOPTS],
  ['a server is adopted, and a login checks its password', apply, { ...ADOPTS, session: opened }],
  [
    'a server is adopted, and its password is sent',
    apply,
    { ...ADOPTS, wanted: [wanted({ size: 20, master_password_version: '2' })] }
  ],
  ['what could not be seen is there afterwards', apply, { ...ALONE, live: [BLIND], wanted: TWO }],
  [
    'what could not be seen is to be changed afterwards',
    apply,
    {
      ...ALONE,
      wanted: TWO,
      session: reads(
        [BLIND],
        [BLIND],
        [
          server({ size: 20, class: 'a' }, { mark: current }),
          observed('a', { plain: 1 }, { ownership: { kind: 'ours', mark: current } })
        ]
      )
    }
  ],
  [
    'what could not be seen fails afterwards',
    apply,
    { ...ALONE, wanted: TWO, session: reads([BLIND], [BLIND], [server({ size: 30 }, { mark: current })]) }
  ],
  [
    'what could not be seen, where nothing changes',
    apply,
    {
      ...ALONE,
      live: [server({ size: 20 }, { mark: current, unknown: { class: 'a running server' } })],
      wanted: [wanted({ size: 20, class: 'b' })]
    }
  ],
  ['from a terminal', apply, { ...GROWS, provider: {}, event: { kind: 'other', name: 'terminal' } }],
  [
    'from a terminal, where a review is required',
    apply,
    { ...GROWS, provider: {}, run: { approval: 'required' }, event: { kind: 'other', name: 'terminal' } }
  ]
];

const CONFIRMED = { run: { confirm_destroy: 'orders' }, settings: { skip_final_snapshot: true } };
const DESTROYS: readonly Row[] = [
  ['nothing is there', destroy, {}],
  ['a server', destroy, { live: [server()], ...CONFIRMED }],
  [
    'a server, with notices',
    destroy,
    {
      live: [server()],
      ...CONFIRMED,
      notices: [
        { code: 'a', severity: 'danger', message: 'Mind it.' },
        { code: 'b', severity: 'warning', message: 'Mind it less.' }
      ],
      more: { destroyNotices: [{ code: 'c', severity: 'info', message: 'It is closed.' }] }
    }
  ],
  ['a server that is not confirmed', destroy, { live: [server()] }],
  ['a server by another name', destroy, { live: [server()], ...CONFIRMED, run: { confirm_destroy: 'billing' } }],
  ["another owner's", destroy, { live: [server({}, { ownership: OTHERS })], ...CONFIRMED }],
  ["a pull request's", destroy, { live: [server()], target: { pullRequest: 7 } }],
  [
    'another plan than the confirmed one',
    destroy,
    { live: [server()], ...CONFIRMED, run: { confirm_destroy: 'orders', confirm_plan: 'abc' } }
  ],
  [
    'a server in use by another',
    destroy,
    {
      live: [server()],
      ...CONFIRMED,
      session: {
        dependents: async () => [observed('b', {}, { title: 'replica b', ownership: UNMARKED, dependsOn: ['server'] })]
      }
    }
  ],
  ['a removal that fails', destroy, { live: [server()], ...CONFIRMED, fails: { server: denied } }],
  ['a removal that takes longer', destroy, { live: [server()], ...CONFIRMED, fails: { server: waits } }]
];

const marked = (more: ToldSession = {}): ToldSession => ({ removeMarks: async () => undefined, ...more });
const RELEASES: readonly Row[] = [
  ['nothing is there', release, { session: marked() }],
  ["another owner's", release, { live: [server({}, { ownership: OTHERS })], session: marked() }],
  ['no marks', release, { live: [server({}, { ownership: UNMARKED })], session: marked() }],
  ['marks that are no tags', release, { live: [server()] }],
  [
    'a mark that a cloud shows for a while',
    release,
    {
      execution: fakeContext(),
      session: marked(reads([server()], [server()], [server()], [server({}, { ownership: UNMARKED })]))
    }
  ],
  ['a mark that a cloud shows for long', release, { live: [server()], session: marked() }],
  [
    'marks of two, of which one has no tags',
    release,
    { session: marked(reads([server(), observed('thing', {}, { ownership: { kind: 'ours', mark: markOf() } })], [])) }
  ]
];

test('an apply and a destroy tell what they did, and keep the mark up to date', async () => {
  expectGolden('commands-change.txt', await sections([...APPLIES, ...DESTROYS, ...RELEASES]));
});

const TODO: OperationState = { state: 'todo', detail: 'running' };
const DONE: OperationState = { state: 'done', detail: 'stopped' };
function step(states: readonly OperationState[], more: Partial<OperationStep> = {}): OperationStep {
  const left = [...states];
  return {
    address: 'server',
    title: 'server orders',
    summary: 'stop server orders',
    call: 'rds:StopDBInstance',
    impact: 'restart',
    usually: '1 min',
    intervalSeconds: 5,
    isRepeatable: true,
    look: async () => (left.length > 1 ? left.shift() : left[0]) ?? TODO,
    send: async () => undefined,
    ...more
  };
}
const drafts = (draft: Partial<OperationDraft>, more: ToldSession = {}): ToldSession => ({
  operation: async () => ({ steps: [], consequences: [], refusals: [], ...draft }),
  ...more
});
const stops = (): OperationStep => step([TODO, TODO, DONE]);
const LIVE: Told = { live: [server()] };
const no = { rule: 'stop', message: 'It has a replica.', hint: 'Remove the replica.' };
/** The session of the server that took over. */
const successor = (lines: string[]): Told['more'] => ({
  open: (async (spec: Run['inputs']['spec']) => {
    lines.push(JSON.stringify(spec));
    return {
      target: {},
      observeForOutputs: async () => [server({}, { title: 'server orders-2' })],
      outputs: async () => ({ ...OUTPUTS, endpoint: { ...ENDPOINT, host: 'orders-2.example' }, isStopped: true }),
      close: async () => void lines.push('closed')
    };
  }) as never
});
const seen: string[] = [];
const REPLICAS = {
  create_read_replica: true,
  read_replica_count: 2,
  replica_names: ['a'],
  replica_region: 'b',
  engine_version: '17'
};

const OPERATION_ROWS: readonly Row[] = [
  ['nothing is there', operate('stop'), {}],
  ['it is done already', operate('stop'), { ...LIVE, session: drafts({ steps: [step([DONE])] }) }],
  ['a plan', operate('stop'), { ...LIVE, options: { dry_run: true }, session: drafts({ steps: [stops()] }) }],
  [
    'it is done already, in a plan',
    operate('stop'),
    { ...LIVE, options: { dry_run: true }, session: drafts({ steps: [step([DONE])] }) }
  ],
  ['it is done now', operate('stop'), { ...LIVE, session: drafts({ steps: [stops()] }) }],
  [
    'a part is done already',
    operate('stop'),
    { ...LIVE, session: drafts({ steps: [step([DONE], { title: 'replica a', send: rejects(refused) }), stops()] }) }
  ],
  [
    'it is not waited for',
    operate('stop'),
    { ...LIVE, options: { wait: false }, session: drafts({ steps: [step([TODO])] }) }
  ],
  [
    'it takes longer than allowed',
    operate('stop'),
    { ...LIVE, options: { timeout_minutes: 1 }, session: drafts({ steps: [step([TODO])] }) }
  ],
  ['it fails', operate('stop'), { ...LIVE, session: drafts({ steps: [step([TODO], { send: rejects(denied) })] }) }],
  ['it is refused', operate('stop'), { ...LIVE, session: drafts({ steps: [stops()], refusals: [no] }) }],
  ['it is refused twice', operate('stop'), { ...LIVE, session: drafts({ steps: [stops()], refusals: [no, no] }) }],
  ["another owner's", operate('stop'), { live: [server({}, { ownership: OTHERS })] }],
  [
    'another plan than the confirmed one',
    operate('stop'),
    { ...LIVE, run: { confirm_plan: 'abc' }, session: drafts({ steps: [stops()] }) }
  ],
  [
    'notices',
    operate('stop'),
    {
      ...LIVE,
      notices: [
        { code: 'a', severity: 'danger', message: 'Mind it.' },
        { code: 'b', severity: 'info', message: 'No.' }
      ],
      session: drafts({ steps: [step([DONE])] })
    }
  ],
  [
    'a server that is not the first',
    operate('stop'),
    { live: [observed('a', {}, { ownership: UNMARKED }), server()], session: drafts({ steps: [step([DONE])] }) }
  ],
  [
    'no outputs afterwards',
    operate('stop'),
    { ...LIVE, database: undefined, session: drafts({ steps: [step([DONE])] }) }
  ],
  [
    'a stopped server afterwards',
    operate('stop'),
    { ...LIVE, database: { ...OUTPUTS, isStopped: true }, session: drafts({ steps: [step([DONE])] }) }
  ],
  [
    'a copy that is not masked',
    operate('stop'),
    { live: [server({}, { mark: { pullRequest: 7, masked: 'running' } })], session: drafts({ steps: [step([DONE])] }) }
  ],
  [
    'another server afterwards',
    operate('promote'),
    {
      ...LIVE,
      settings: REPLICAS,
      more: successor(seen) ?? {},
      session: drafts({ steps: [stops()], successor: { name: 'orders-2', aws_region: 'eu-north-1' } })
    }
  ],
  [
    'the same server afterwards',
    operate('switchover'),
    { ...LIVE, more: successor(seen) ?? {}, session: drafts({ steps: [stops()], successor: { name: 'orders' } }) }
  ],
  ...OPERATIONS.flatMap((name): Row[] => [
    [
      `${name}, which nothing confirms`,
      operate(name),
      {
        ...LIVE,
        session: {
          operation: async (_name, _observed, chosen) => ({
            steps: [],
            consequences: [JSON.stringify(chosen)],
            refusals: [no]
          })
        }
      }
    ]
  ]),
  [
    'restart, which is allowed',
    operate('restart'),
    { ...LIVE, run: { allow_restart: true }, session: drafts({ refusals: [no] }) }
  ],
  [
    'failover, which is confirmed',
    operate('failover'),
    { ...LIVE, run: { confirm_failover: 'orders' }, session: drafts({ refusals: [no] }) }
  ],
  [
    'failover, which is confirmed for another',
    operate('failover'),
    { ...LIVE, run: { confirm_failover: 'billing' }, session: drafts({ refusals: [no] }) }
  ],
  ...(['promote', 'switchover', 'maintenance'] as const).map((name): Row => [
    `${name}, with all that can be chosen`,
    operate(name),
    {
      ...LIVE,
      run: { confirm_switchover: 'a', confirm_promote: 'b', apply_immediately: true, postpone_maintenance: 'c' },
      session: {
        operation: async (_name, _observed, chosen) => ({
          steps: [],
          consequences: [JSON.stringify(chosen)],
          refusals: [no]
        })
      }
    }
  ])
];

test('an operation is planned, confirmed and run, and its outputs are those of the server that is there then', async () => {
  seen.length = 0;
  const text = await sections(OPERATION_ROWS);
  expectGolden('commands-operate.txt', `${text}\n# opened\n${seen.join('\n')}\n`);
});
