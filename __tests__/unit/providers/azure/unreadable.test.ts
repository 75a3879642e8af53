import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import type { FaultRule } from '../../../clouds/faults.ts';
import { everything } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';
import { madeOnAzure } from '../../../support/made-before.ts';

const inputs = { ...everything(), enable_deletion_protection: 'true' };
/** What makes a plan check offers, names and limits as well. */
const changed = { ...inputs, sku_name: 'GP_Standard_D4ds_v5', allocated_storage: '64' };

let cloud: FakeAzure;
beforeAll(async () => {
  cloud = await startAzure();
  await madeOnAzure(cloud, inputs);
});
afterEach(() => {
  cloud.clearFaults();
});
afterAll(async () => cloud.stop());

const FAILURES: readonly (readonly [what: string, Omit<FaultRule, 'action'>])[] = [
  ['is denied', { code: 'AuthorizationFailed', status: 403 }],
  ['fails for good', { code: 'InternalServerError', status: 500 }],
  ['is busy for good', { code: 'ServerIsBusy', status: 409 }],
  ['is throttled for good', { code: 'TooManyRequests', status: 429 }]
];

/** Each call that observes or checks but that for the server, and what a plan then says it does not know. */
const CALLS: readonly (readonly [action: string, unknown: readonly string[]])[] = [
  ['GET flexibleServers/configurations', ['parameters', 'pooling', 'query-store']],
  ['GET flexibleServers/replicas', ['replica-settings/1', 'replica-settings/2', 'replica/1', 'replica/2']],
  ['GET flexibleServers/databases', ['database/orders']],
  ['GET flexibleServers/firewallRules', ['firewall']],
  ['GET flexibleServers/administrators', ['administrator/33333333-4444-5555-6666-777777777777']],
  ['GET metricAlerts', ['alarm/cpu']],
  ['GET diagnosticSettings', ['diagnostic-setting']],
  ['GET locks', ['lock']],
  ['GET locations/capabilities', []]
];

interface Told {
  readonly unknown: readonly string[];
  readonly isNotChecked: boolean;
  readonly changes: readonly string[];
}

async function planned(): Promise<Told> {
  const { plan } = await (await azureRun(cloud, changed)).plan();
  const unread = plan.steps.filter(step => Object.keys(step.unknown).length > 0);
  expect(plan.counts.unknown > 0).toBe(unread.length > 0);
  return {
    unknown: unread.map(({ address }) => address),
    isNotChecked: plan.notices.some(({ code }) => code === 'not-checked'),
    changes: lines(plan)
  };
}

// Each alone: `failing-calls-azure.txt`.
test.each(FAILURES)('each of them %s: the plan goes on with the server alone', async (_what, failure) => {
  for (const [action] of CALLS) cloud.fault({ action, times: 100_000, ...failure });
  const told = await planned();
  expect(told.unknown).toEqual(expect.arrayContaining(CALLS.flatMap(([, unknown]) => [...unknown])));
  expect([told.isNotChecked, told.changes.every(line => line.startsWith('update server: '))]).toEqual([true, true]);
});
