import type { Server } from '@azure/arm-postgresql-flexible';
import { ProviderError } from '../../../../src/errors.ts';
import type { Started } from '../../../../src/providers/azure/api/client.ts';
import { mutate } from '../../../../src/providers/azure/api/operation.ts';
import { runnerAccess } from '../../../../src/providers/azure/runner-access.ts';
import { createServer } from '../../../../src/providers/azure/resources/server/create.ts';
import { removeServer } from '../../../../src/providers/azure/resources/server/remove.ts';
import { waitForServer, waitUntilGone, waitUntilIdle } from '../../../../src/providers/azure/resources/server/wait.ts';
import { MARK, opened, ORDERS, STATELESS, type Account } from '../../../support/azure-answers.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { expectGolden } from '../../../support/golden.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/** How each wait ends, by what is seen one look after the other. `UPDATE_GOLDENS=1` writes the file, to be read. */
type Seen = readonly (string | undefined)[];
type With = Readonly<Record<string, string>>;

/** A server that is in one state after the other, and stays in the last; without one it is not there. */
function passing(seen: Seen, more: Account = {}): Account {
  const left = [...seen];
  return {
    ...more,
    get servers(): readonly Server[] {
      const state = left.length > 1 ? left.shift() : left[0];
      if (state === undefined) return [];
      return [state === '' ? STATELESS : { ...ORDERS, state }];
    }
  };
}

type Work = (context: Awaited<ReturnType<typeof opened>>['context']) => Promise<unknown>;

async function story(account: Account, work: Work, inputs: With = {}): Promise<readonly string[]> {
  const sent: string[] = [];
  const { run, context } = await opened(account, { ...basic(), ...inputs }, sent);
  let ended = '';
  const failed = await failureOf(async () => {
    ended = JSON.stringify(await work(context)) ?? 'done';
  });
  const { clock, lines } = run.execution;
  return [...sent, ...lines, `${failed === '' ? ended : failed} after ${clock.slept.length} pauses`];
}

const many = (count: number, state?: string): Seen => Array.from({ length: count }, () => state);

const WAITS: Readonly<Record<string, readonly [work: Work, seen: readonly Seen[]]>> = {
  'for a server': [
    async context => (await waitForServer(context, 'orders')).state,
    [
      ['Provisioning', 'Updating', 'Ready'],
      ['', 'Ready'],
      [undefined, 'Ready'],
      [...many(29), 'Ready'],
      [...many(29), 'Updating', ...many(29), 'Ready'],
      many(30),
      ['Stopped', 'Stopped', 'Ready'],
      ['Stopped', 'Starting', 'Stopped', 'Stopped', 'Ready'],
      ['Stopped'],
      ['Inaccessible'],
      ['Disabled'],
      ['Dropping'],
      ['Unheard']
    ]
  ],
  'for a new server': [
    async context => {
      const { execution } = context;
      const foundExisting = (): void => execution.log.info('to be compared with the plan');
      const work = { address: 'server', values: {}, changes: [], observed: undefined, mark: MARK, execution };
      return createServer(context, { ...work, foundExisting });
    },
    [[undefined, 'Provisioning', 'Ready'], ['Dropping', undefined, 'Ready'], ['Ready']]
  ],
  'for an idle server': [
    async context => waitUntilIdle(context, 'orders'),
    [
      ['Provisioning', 'Updating', 'Restarting', 'Starting', 'Stopping', 'Dropping', undefined],
      ['Stopped'],
      [''],
      ['Inaccessible'],
      ['Updating']
    ]
  ],
  'for the end of a server': [
    async context => waitUntilGone(context, 'orders'),
    [['Ready', 'Dropping', undefined], ['', undefined], [undefined], ['Dropping']]
  ],
  'for a deletion': [
    async context => removeServer(context, 'orders'),
    [['Ready', undefined], ['Dropping', undefined], [undefined], ['', 'Dropping', undefined]]
  ]
};

test('each wait ends as its golden file says, by the states that are seen', async () => {
  const page: string[] = [];
  for (const [what, [work, all]] of Object.entries(WAITS)) {
    for (const seen of all) {
      const short = [...Map.groupBy(seen, state => state ?? 'gone')].map(([state, { length }]) => `${state} ${length}`);
      page.push(`# ${what}: ${short.join(', ')}`, ...(await story(passing(seen), work, { timeout_minutes: '5' })), '');
    }
  }
  expectGolden('waits-azure.txt', `${page.join('\n')}\n`);
});

const BY_STATUS: Started = { operationUrl: '/status' };
const BY_LOCATION: Started = { locationUrl: '/status' };
const GONE = new ProviderError('Could not find it', { kind: 'not-found' });

/** What an operation answers, one look after the other. The last one stays. */
const OPERATIONS: readonly (readonly [title: string, started: Started, answers: readonly unknown[], more?: With])[] = [
  ['nowhere to ask', {}, []],
  ['success', BY_STATUS, [{ status: 'InProgress' }, {}, { status: 'succeeded' }]],
  ['a failure', BY_STATUS, [{ status: 'Failed', error: { code: 'SkuNotAvailable', message: 'No room.' } }]],
  ['a failure without words', BY_STATUS, [{ status: 'Failed' }]],
  ['an end by others', BY_STATUS, [{ status: 'Canceled' }]],
  ['an end by others, spelled otherwise', BY_STATUS, [{ status: 'cancelled' }]],
  [
    'another one in its place',
    BY_STATUS,
    [{ status: 'Failed', error: { code: 'ServerIsBusy' } }, { status: 'Succeeded' }]
  ],
  ['an answer of nothing', BY_STATUS, [undefined, { status: 'Succeeded' }]],
  [
    'one that is unknown for a while',
    BY_STATUS,
    [...Array.from({ length: 19 }, () => GONE), {}, GONE, { status: 'Succeeded' }]
  ],
  ['one that is forgotten', BY_STATUS, [GONE]],
  ['one without a status', BY_LOCATION, [202, 202, 200]],
  ['one that is not awaited', BY_STATUS, [{ status: 'InProgress' }], { wait: 'false' }]
];

test('each end of an operation is told as its golden file says', async () => {
  const page: string[] = [];
  for (const [title, started, answers, more] of OPERATIONS) {
    const left = [...answers];
    const account = passing(['Ready'], { started });
    const work: Work = async context => {
      const azure: typeof context.azure = {
        ...context.azure,
        rest: async () => {
          const answer = left.length > 1 ? left.shift() : left[0];
          if (answer instanceof ProviderError) throw answer;
          return { status: typeof answer === 'number' ? answer : 200, body: answer, header: () => undefined };
        }
      };
      return mutate(
        { ...context, azure },
        {
          what: 'a change',
          usually: 'a minute',
          operation: 'write',
          server: 'orders',
          send: async (client, options) => client.servers.beginUpdate('shop', 'orders', {}, options)
        }
      );
    };
    page.push(`# ${title}`, ...(await story(account, work, { timeout_minutes: '5', ...more })), '');
  }
  expectGolden('operation-ends-azure.txt', `${page.join('\n')}\n`);
});

test('the firewall of a server is read, opened and closed to a runner as its golden file says', async () => {
  const rules = {
    orders: [
      { name: 'pgkeep-10-0-0-0-16', startIpAddress: '10.0.0.0', endIpAddress: '10.0.255.255' },
      { name: 'office', startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' },
      { name: 'odd', startIpAddress: 'x', endIpAddress: '192.0.2.1' }
    ]
  };
  const page: string[] = [];
  const servers: Readonly<Record<string, readonly Server[]>> = {
    'no server': [],
    'a public one': [ORDERS],
    'a closed one': [{ ...ORDERS, network: { publicNetworkAccess: 'Disabled' } }],
    'a private one': [{ ...ORDERS, network: { delegatedSubnetResourceId: '/subnet' } }]
  };
  for (const [title, live] of Object.entries(servers)) {
    const { context } = await opened({ servers: live, rules }, basic());
    const firewall = await runnerAccess.read(context, '10.0.0.1');
    page.push(`# ${title}`, JSON.stringify(firewall));
    if (firewall.kind !== 'guarded') continue;
    for (const address of ['9.255.255.255', '10.0.0.0', '10.0.255.255', '10.1.0.0', '192.0.2.1', '192.0.2.2']) {
      const open = firewall.entries.filter(({ admits }) => admits(address)).map(({ name }) => name);
      page.push(`${address}: ${open.join(', ')}`);
    }
  }
  const rule = 'pgkeep-run-1-1';
  const unawaited = { wait: 'false' };
  page.push(
    '# admitted',
    ...(await story(
      { servers: [ORDERS] },
      async context => runnerAccess.admit(context, { name: rule, address: '192.0.2.9', expiresAt: '' }),
      unawaited
    ))
  );
  for (const failing of [{}, { 'firewallRules/delete': 'not-found' }, { 'firewallRules/delete': 'denied' }] as const) {
    const account = { servers: [ORDERS], failing };
    const dismissed = story(account, async context => runnerAccess.dismiss(context, [rule, 'office']));
    page.push(`# dismissed ${JSON.stringify(failing)}`, ...(await dismissed));
  }
  expectGolden('runner-access-azure.txt', `${page.join('\n')}\n`);
});
