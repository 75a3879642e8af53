import { hashOf } from '../../../src/engine/digest.ts';
import type { OperationState, OperationStep } from '../../../src/engine/operation.ts';
import { planOperation } from '../../../src/engine/operation.ts';
import { runOperation, type OperationResult } from '../../../src/engine/run-operation.ts';
import { ProviderError, type FailureKind } from '../../../src/errors.ts';
import { fakeContext, type FakeContext } from '../../support/fake-context.ts';
import { expectGolden } from '../../support/golden.ts';

const TODO: OperationState = { state: 'todo', detail: 'running' };
const UNDERWAY: OperationState = { state: 'underway', detail: 'stopping' };
const DONE: OperationState = { state: 'done', detail: 'stopped' };

interface Model {
  /** The state before each call, then after it. A list is one answer for each read; the last one stays. */
  readonly states: OperationState[];
  /** What the calls throw, in order; `undefined` is an answer. */
  readonly answers?: readonly (FailureKind | undefined)[];
  /** The states from a call on. Default: the goal. */
  readonly after?: readonly OperationState[];
  /** Calls without an effect. */
  readonly ignored?: number;
  readonly isRepeatable?: boolean;
}

function modelStep({ states, answers = [], after = [DONE], ignored = 0, isRepeatable = true }: Model): {
  readonly step: OperationStep;
  readonly sent: () => number;
} {
  let now = states;
  let sent = 0;
  const step: OperationStep = {
    address: 'server',
    title: 'server orders',
    summary: 'stop server orders',
    call: 'rds:StopDBInstance',
    impact: 'restart',
    usually: '1 min',
    intervalSeconds: 5,
    isRepeatable,
    look: async () => (now.length > 1 ? now.shift() : now[0]) ?? TODO,
    send: async () => {
      const kind = answers[sent];
      sent += 1;
      if (kind !== 'busy' && sent > ignored) now = [...after];
      if (kind !== undefined) throw new ProviderError('no answer', { kind });
    }
  };
  return { step, sent: () => sent };
}

async function ran(
  model: Model,
  execution: FakeContext = fakeContext()
): Promise<{ readonly result: OperationResult; readonly sent: number }> {
  const { step, sent } = modelStep(model);
  const deadline = new Date(execution.clock.now().getTime() + 3_600_000);
  return { result: await runOperation(execution, [step], deadline), sent: sent() };
}

test.each<[string, Model, number]>([
  ['what is to do is called once, and awaited', { states: [TODO], after: [TODO, UNDERWAY, UNDERWAY, DONE] }, 1],
  ['what is under way is awaited', { states: [UNDERWAY, UNDERWAY, DONE] }, 0],
  ['what somebody else has done meanwhile is not called', { states: [DONE] }, 0],
  [
    'what another run does at the same time is awaited',
    { states: [TODO], answers: ['invalid'], after: [TODO, TODO, UNDERWAY, DONE] },
    1
  ],
  ['a busy server is called again', { states: [TODO], answers: ['busy', 'busy'] }, 3],
  ['a lost answer whose effect shows is not called again', { states: [TODO], answers: ['transient'] }, 1],
  [
    'a lost answer without an effect is called again where that does no harm',
    { states: [TODO], answers: ['transient'], ignored: 1 },
    2
  ]
])('%s', async (_what, model, calls) => {
  const { result, sent } = await ran(model);
  expect(result.error).toBeUndefined();
  const told = { address: 'server', title: 'server orders', summary: 'stop server orders', outcome: 'done' };
  expect(result.results).toEqual([{ ...told, seconds: expect.any(Number) as number }]);
  expect(sent).toBe(calls);
});

test('a lost answer is never called again where a second call does harm, and the hint is to run the command again', async () => {
  const { result, sent } = await ran({ states: [TODO], answers: ['transient'], after: [TODO], isRepeatable: false });
  expect(sent).toBe(1);
  expect(result.error).toMatchObject({
    code: 'provider-failed',
    hint: expect.stringContaining('Run the command again') as string
  });
});

test.each<[string, Model, string]>([
  ['a refused call', { states: [TODO], answers: ['invalid'], after: [TODO] }, 'provider-invalid'],
  ['a call that is accepted and ignored', { states: [TODO], after: [TODO] }, 'provider-failed'],
  ['a state without a way on', { states: [{ state: 'failed', message: 'it is `failed`' }] }, 'provider-failed'],
  ['a goal that is not reached in time', { states: [TODO], after: [UNDERWAY] }, 'in-progress']
])('%s ends the operation, and later steps are not run', async (_what, model, code) => {
  const execution = fakeContext();
  const [one, other] = [modelStep(model), modelStep({ states: [TODO] })];
  const deadline = new Date(execution.clock.now().getTime() + 3_600_000);
  const { results, error } = await runOperation(execution, [one.step, other.step], deadline);
  expect(error?.code).toBe(code);
  expect(results.map(({ outcome }) => outcome)).toEqual([code === 'in-progress' ? 'in progress' : 'failed', 'not run']);
  expect(results[1]).toMatchObject({ title: 'server orders', summary: 'stop server orders', seconds: 0 });
  expect(other.sent()).toBe(0);
});

test('a call that shows no effect yet is awaited, and told so', async () => {
  const execution = fakeContext();
  await ran({ states: [TODO], after: [TODO, DONE] }, execution);
  expect(execution.lines.join('\n')).toContain('stop server orders: running, not visible yet (');
});

test.each<[string, Pick<Model, 'states' | 'answers' | 'after'>, 'cancelled' | 'goes on', string | undefined]>([
  ['after a refusal', { states: [TODO], answers: ['denied'], after: [TODO] }, 'goes on', 'info'],
  ['and not where it cannot be', { states: [TODO], answers: ['quota'], after: [TODO] }, 'goes on', 'warning'],
  ['and not where it took effect', { states: [TODO], answers: ['denied'], after: [DONE] }, 'goes on', undefined],
  ['and not of a cancelled run', { states: [TODO], answers: ['denied'], after: [TODO] }, 'cancelled', undefined],
  ['and not after an answer that is lost', { states: [TODO], answers: ['transient'] }, 'goes on', undefined]
])('what was written for a call is taken back %s', async (_what, model, run, level) => {
  const execution = fakeContext();
  const { step } = modelStep({ ...model, isRepeatable: false });
  const takeBack = async (): Promise<void> => {
    execution.log.debug('taking back');
    if (level === 'warning') throw new ProviderError('it is locked', { kind: 'failed' });
  };
  const send = async (): Promise<void> => {
    if (run === 'cancelled') execution.abort(new Error('cancelled'));
    return step.send();
  };
  await runOperation(execution, [{ ...step, send, takeBack }], new Date(execution.clock.now().getTime() + 3_600_000));
  const said = {
    info: 'info: stop server orders: refused, and what was written for it is taken back',
    warning: 'warning: What was written for "stop server orders" could not be taken back: it is locked'
  };
  const lines = execution.lines.filter(line => /tak(?:en|ing) back/.test(line));
  expect(lines).toEqual(level === undefined ? [] : ['debug: taking back', said[level as keyof typeof said]]);
});

/** Each way that a step can go, with the log, the seconds and what is told: a golden file holds all of it. */
const COURSES: readonly [string, Model, Partial<OperationStep>?][] = [
  ['done before', { states: [DONE] }],
  ['under way', { states: [UNDERWAY, UNDERWAY, DONE] }],
  ['called', { states: [TODO], after: [TODO, UNDERWAY, DONE] }],
  ['done only after three reads', { states: [TODO] }, { consecutive: 3 }],
  ['accepted and ignored', { states: [TODO], after: [TODO] }],
  ['not done in time', { states: [TODO], after: [UNDERWAY] }],
  ['failed', { states: [UNDERWAY, { state: 'failed', message: 'it is `failed`', hint: 'Start it.' }] }],
  ['failed without a hint', { states: [{ state: 'failed', message: 'it is `failed`' }] }],
  ['lost, with an effect', { states: [TODO], answers: ['transient'] }],
  ['lost, without one', { states: [TODO], answers: ['transient'], ignored: 1 }],
  [
    'lost, where a second call does harm',
    { states: [TODO], answers: ['transient'], after: [TODO], isRepeatable: false }
  ],
  ...(['busy', 'throttled'] as const).map((kind): [string, Model] => [
    kind,
    { states: [TODO], answers: [kind], after: [TODO, DONE] }
  ]),
  ['refused while another run does it', { states: [TODO], answers: ['invalid'], after: [TODO, TODO, UNDERWAY, DONE] }],
  ...(
    [
      'already-exists',
      'invalid',
      'not-found',
      'denied',
      'unauthenticated',
      'quota',
      'capacity',
      'protected',
      'failed'
    ] as const
  ).map((kind): [string, Model] => [`refused: ${kind}`, { states: [TODO], answers: [kind], after: [TODO] }]),
  ['optional, and refused', { states: [TODO], answers: ['denied'] }, { isOptional: true }],
  ['optional, and slow', { states: [UNDERWAY] }, { isOptional: true }],
  ['optional, and done', { states: [TODO] }, { isOptional: true }]
];

test('a step is told the same in its log, its seconds and its failure', async () => {
  const parts: string[] = [];
  for (const [what, model, more] of COURSES) {
    const execution = fakeContext();
    const { step, sent } = modelStep(model);
    const next = { ...modelStep({ states: [TODO] }).step, summary: 'go on' };
    const deadline = new Date(execution.clock.now().getTime() + 120_000);
    const { results, error } = await runOperation(execution, [{ ...step, ...more }, next], deadline);
    const { code, source, message, hint = 'no hint', cause } = error ?? {};
    parts.push(
      `# ${what}: sent ${sent()} times`,
      ...execution.lines,
      ...results.map(({ summary, outcome, seconds }) => `${summary}: ${outcome} after ${seconds} s`),
      ...(error === undefined ? [] : [`${code} of ${source}: ${message}\n${hint}`]),
      ...(cause instanceof Error ? [`because of ${cause.message}`] : []),
      ''
    );
  }
  expectGolden('operation-runs.txt', parts.join('\n'));
});

test('a step that fails in a way that is no answer of the service ends the operation with that', async () => {
  const execution = fakeContext();
  const thrown = new TypeError('no such property');
  const { step, sent } = modelStep({ states: [TODO] });
  const send = async (): Promise<void> => {
    await step.send();
    throw thrown;
  };
  const result = await runOperation(execution, [{ ...step, send }], new Date(execution.clock.now().getTime() + 60_000));
  expect(result.error).toMatchObject({ code: 'internal', message: 'Unexpected failure: no such property' });
  expect([sent(), execution.clock.slept]).toEqual([1, []]);
});

describe('a plan', () => {
  const refusal = { rule: 'stop', message: 'It has replicas.', hint: 'Remove them.' };
  const mark = { version: 1, repository: 'acme/shop', name: 'orders', environment: '' } as const;
  const planned = async (
    states: OperationState[],
    owner = 'acme/shop',
    { refusals = [refusal], ...more }: Partial<OperationStep> & { readonly refusals?: (typeof refusal)[] } = {}
  ): ReturnType<typeof planOperation> => {
    const step = { ...modelStep({ states }).step, ...more };
    return planOperation({
      operation: 'stop',
      target: { provider: 'aws', account: '1', region: 'x', name: 'orders', environment: '', repository: 'acme/shop' },
      server: {
        address: 'server',
        type: 'server',
        title: 'server orders',
        ownership:
          owner === 'acme/shop'
            ? { kind: 'ours', mark }
            : owner === ''
              ? { kind: 'unmarked' }
              : { kind: 'foreign', mark: { ...mark, repository: owner } },
        fields: {},
        facts: {},
        dependsOn: [],
        concurrencyGroup: 'server'
      },
      draft: async () => ({ steps: [step], consequences: ['Connections are cut.'], refusals }),
      unconfirmed: { rule: 'unconfirmed', message: 'Not confirmed.', hint: 'Confirm.' },
      notices: []
    });
  };

  test('whose goal is reached refuses nothing and says nothing about consequences', async () => {
    const { plan } = await planned([DONE]);
    expect(plan).toMatchObject({ verdict: 'no-changes', impact: 'online', consequences: [], refusals: [] });
  });

  test('says of each step what it does to the server, how long it takes, and where it stands', async () => {
    const { plan } = await planned([TODO]);
    expect(plan).toMatchObject({
      verdict: 'blocked',
      impact: 'restart',
      steps: [{ impact: 'restart', usually: '1 min', state: 'todo', detail: 'running' }],
      refusals: [refusal, { rule: 'unconfirmed' }]
    });
    const steps = [{ address: 'server', call: 'rds:StopDBInstance', summary: 'stop server orders' }];
    expect(plan.digest).toBe(hashOf({ operation: 'stop', target: plan.target, steps }));
  });

  test.each([
    ['acme/other', 'server orders belongs to '],
    ['', 'server orders carries no ownership mark.']
  ])('for a server of %p refuses that alone', async (owner, message) => {
    const { plan } = await planned([TODO], owner);
    expect(plan).toMatchObject({ verdict: 'blocked', steps: [], consequences: [] });
    expect(plan.refusals).toEqual([
      {
        rule: 'not-ours',
        message: expect.stringContaining(message) as string,
        hint: expect.stringMatching(/\S/) as string
      }
    ]);
  });

  test('of a step that would fail at once says why, unless the provider refuses it or it can be left out', async () => {
    const gone: OperationState = { state: 'failed', message: 'it is gone' };
    const why = { rule: 'stop', message: 'Could not stop server orders: it is gone.' };
    const usual = { ...why, hint: 'Run the workflow again: its plan shows what is there.' };
    const refused = async (state: OperationState, more: Parameters<typeof planned>[2]): Promise<unknown> => {
      const { plan } = await planned([state], undefined, more);
      expect(plan.steps).toMatchObject([{ state: 'todo', detail: 'it is gone' }]);
      return plan.refusals.filter(({ rule }) => rule !== 'unconfirmed');
    };
    expect(await refused(gone, { refusals: [] })).toEqual([usual]);
    expect(await refused({ ...gone, hint: 'Start it.' }, { refusals: [] })).toEqual([{ ...why, hint: 'Start it.' }]);
    expect(await refused(gone, {})).toEqual([refusal]);
    expect(await refused(gone, { refusals: [], isOptional: true })).toEqual([]);
  });
});

describe('an optional step', () => {
  const withNext = async (
    model: Model,
    abort?: FakeContext
  ): Promise<{ result: OperationResult; next: number; lines: readonly string[]; seconds: number }> => {
    const execution = abort ?? fakeContext();
    const started = execution.clock.now().getTime();
    const { step } = modelStep(model);
    const next = modelStep({ states: [TODO] });
    const result = await runOperation(execution, [{ ...step, isOptional: true }, next.step], new Date(started + 3e6));
    const seconds = (execution.clock.now().getTime() - started) / 1000;
    return { result, next: next.sent(), lines: execution.lines, seconds };
  };

  test.each<[string, Model]>([
    ['is refused', { states: [TODO], answers: ['denied'] }],
    ['has failed', { states: [{ state: 'failed', message: 'it is gone' }] }],
    ['takes longer than a minute', { states: [UNDERWAY] }]
  ])('that %s is a warning, and the next one is done', async (_what, model) => {
    const { result, next, lines, seconds } = await withNext(model);
    expect(result).toMatchObject({ results: [{ outcome: 'failed' }, { outcome: 'done' }] });
    expect([result.error, next]).toEqual([undefined, 1]);
    expect(lines.join('\n')).toMatch(/warning: Could not stop server orders, and goes on without it: /);
    expect(seconds).toBeLessThanOrEqual(90);
    expect(seconds).toBeGreaterThanOrEqual(model.states[0]?.state === 'underway' ? 60 : 0);
  });

  test('of a run that is cancelled ends it', async () => {
    const execution = fakeContext();
    execution.abort(new Error('cancelled'));
    const { result, next } = await withNext({ states: [TODO] }, execution);
    expect([result.error?.message, next]).toEqual(['Unexpected failure: cancelled', 0]);
  });
});
