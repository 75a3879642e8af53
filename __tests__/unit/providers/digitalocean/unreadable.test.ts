import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import type { FaultRule } from '../../../clouds/faults.ts';
import { everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { madeOnDigitalOcean } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeDigitalOcean;
beforeAll(async () => {
  cloud = await startDigitalOcean();
  await madeOnDigitalOcean(cloud, everything());
});
afterEach(() => {
  cloud.clearFaults();
});
afterAll(async () => cloud.stop());

/** Whatever is answered, and what is said to be needed. */
const FAILURES: readonly (readonly [what: string, Omit<FaultRule, 'action'>, needed: RegExp])[] = [
  [
    'is denied',
    { status: 403, code: 'forbidden', message: 'You are missing the required permission database:read.' },
    /^\w+:read$/
  ],
  ['fails for good', { status: 500, code: 'server_error' }, /^an answer \(Could not call GET/],
  ['is refused for good', { status: 412, code: 'precondition_failed' }, /^an answer \(Could not call GET/],
  ['is throttled for good', { status: 429, code: 'too_many_requests' }, /^an answer \(Could not call GET/],
  ['has an empty body', { body: '' }, /^an answer \(Could not read the answer to GET/],
  ['has no object as its body', { body: 'null' }, /^an answer \(Could not read the answer to GET/]
];

/** Each call that observes but those for the account, the cluster and its tags; and whose fields it reads. */
const CALLS: readonly (readonly [action: string, about: string, reads: readonly string[]])[] = [
  ['GET /databases/{id}/firewall', 'every source', ['replica/1', 'replica/2', 'replica/sfo3', 'server']],
  ['GET /databases/{id}/autoscale', '', ['server']],
  ['GET /databases/{id}/dbs/{name}', '', ['database/orders']],
  ['GET /databases/{id}/users/{name}', '', ['user/shop']],
  ['GET /databases/{id}/config', '', ['configuration']],
  ['GET /databases/{id}/pools', '', ['pool']],
  ['GET /databases/{id}/logsink', '', ['log-sink']],
  ['GET /databases/{id}/replicas', '', ['replica/1', 'replica/2', 'replica/sfo3']],
  ['GET /monitoring/alerts', '', ['alarm/cpu', 'alarm/free_storage']]
];

interface Told {
  readonly changes: readonly string[];
  readonly unknown: readonly string[];
  readonly needs: readonly string[];
  readonly count: number;
  readonly warnings: readonly string[];
}

const planned = async (inputs: With = everything()): Promise<Told> => {
  const run = await digitaloceanRun(cloud, inputs);
  const { plan: made } = await run.plan();
  const unknown = made.steps.filter(step => Object.keys(step.unknown).length > 0);
  return {
    changes: lines(made),
    unknown: unknown.map(({ address }) => address).toSorted(),
    needs: unknown.flatMap(step => Object.values(step.unknown)),
    count: made.counts.unknown,
    warnings: run.execution.lines.filter(line => line.startsWith('warning: Could not read '))
  };
};

const EVERYTHING = [...new Set(CALLS.flatMap(([, , reads]) => reads))].toSorted();

// Each alone: `failing-calls-digitalocean.txt`.
test.each(FAILURES)('each of them %s: it is told, and nothing changes', async (_what, failure, needed) => {
  for (const [action] of CALLS) cloud.fault({ action, times: 100_000, ...failure });
  const made = await planned();
  expect(made).toMatchObject({ changes: [], unknown: EVERYTHING });
  for (const need of made.needs) expect(need).toMatch(needed);
  expect(made.warnings.length > 0).toBe(failure.status !== 403);
});

test('what can be read is changed, and what can not be read stays', async () => {
  for (const [action] of CALLS) cloud.fault({ action, times: 100_000, status: 500, code: 'server_error' });
  const { enable_proxy: _on, enable_logging: _too, ...rest } = everything();
  const inputs = {
    ...rest,
    maintenance_window: 'mon:01:00-mon:02:00',
    allowed_cidr_blocks: '192.0.2.0/24',
    parameters: 'work_mem: 32MB',
    enable_proxy: 'false',
    enable_logging: 'false'
  };
  const made = await planned(inputs);
  expect(made.changes).toEqual([expect.stringMatching(/^update server: maintenance_window /)]);
  expect(made.unknown).toEqual(EVERYTHING);
});

describe('a destroy', () => {
  const destroy = async (): Promise<unknown> =>
    (await digitaloceanRun(cloud, everything())).destroy().catch((thrown: unknown) => thrown);

  test.each<[action: string, others: () => unknown, code: string]>([
    ['GET /databases/{id}/dbs/{name}', () => cloud.cluster('orders').dbs.add('reports'), 'plan-blocked'],
    ['GET /databases/{id}/replicas', () => undefined, 'provider-failed']
  ])('is stopped by what others may have, also while %s fails', async (action, others, code) => {
    others();
    cloud.fault({ action, times: 100_000, status: 500, code: 'server_error' });
    const before = cloud.mutations().length;
    expect(await destroy()).toMatchObject({ code });
    expect(cloud.mutations().slice(before)).toEqual([]);
    cloud.cluster('orders').dbs.delete('reports');
  });
});
