import type { AuditTrail } from '../../../src/engine/audit-trail.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { auditEntry } from '../../clouds/gcp/audit-log.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsInputs } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as azureInputs } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as digitaloceanInputs } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as gcpInputs } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

let stop: () => Promise<void> = async () => {};
afterEach(async () => stop());

async function trailOf({ session }: CloudRun, address = 'server'): Promise<AuditTrail | undefined> {
  return session.whoChanged(await session.observe(), [address]);
}

const told = (trail: AuditTrail | undefined): readonly string[] =>
  (trail?.events ?? []).map(({ by, what, on }) => `${what} of ${on} by ${by}`);

describe('on AWS', () => {
  const JANE = 'arn:aws:sts::123456789012:assumed-role/admin/jane';

  async function applied() {
    const cloud = await startAws();
    stop = async () => cloud.stop();
    await (await awsRun(cloud, awsInputs(cloud))).apply();
    // The clock of the fake runs ahead.
    const at = new Date((cloud.trail.at(-1)?.at.getTime() ?? 0) + 1000);
    const event = { at, event: 'ModifyDBInstance', resources: ['orders'] };
    return { cloud, event, run: async () => awsRun(cloud, awsInputs(cloud)) };
  }

  test('CloudTrail names who changed the server after the last apply, and leaves reads and failures out', async () => {
    const { cloud, event, run } = await applied();
    expect(await trailOf(await run())).toEqual({ name: 'CloudTrail', events: [] });
    const console = { ...event, arn: JANE, userAgent: 'AWS Internal' };
    cloud.trail.push(console, { ...console, event: 'DescribeDBInstances', readOnly: true });
    cloud.trail.push({ ...console, event: 'RebootDBInstance', errorCode: 'AccessDenied' });
    cloud.trail.push({ ...console, resources: ['other'] });
    expect(told(await trailOf(await run()))).toEqual([`ModifyDBInstance of server orders by ${JANE}`]);
  });

  test('a security group is looked up by its id', async () => {
    const { cloud, event, run } = await applied();
    const { session } = await run();
    const id = (await session.observe()).find(({ address }) => address === 'security-group')?.facts['id'];
    const open = {
      ...event,
      event: 'AuthorizeSecurityGroupIngress',
      resources: [id as string],
      arn: JANE,
      userAgent: 'console'
    };
    cloud.trail.push(open);
    const trail = await trailOf(await run(), 'security-group');
    expect(told(trail)).toEqual([
      expect.stringMatching(/^AuthorizeSecurityGroupIngress of security group .* by .*jane$/)
    ]);
  });

  test('a refused look-up names the permission', async () => {
    const { cloud, run } = await applied();
    cloud.fault({ action: 'LookupEvents', code: 'AccessDeniedException', times: 9 });
    expect(await trailOf(await run())).toEqual({ name: 'CloudTrail', events: [], missing: 'cloudtrail:LookupEvents' });
  });
});

describe('on Google Cloud', () => {
  async function applied() {
    const cloud = await startGcp();
    stop = async () => cloud.stop();
    await (await gcpRun(cloud, gcpInputs())).apply();
    return { cloud, run: async () => gcpRun(cloud, gcpInputs()) };
  }

  test('the audit log names who changed the instance after the last apply, each operation once', async () => {
    const { cloud, run } = await applied();
    expect(await trailOf(await run())).toEqual({ name: 'Cloud Audit Logs', events: [] });
    const edit = { action: 'cloudsql.instances.update', by: 'jane@example.com' };
    cloud.state.trail.push(auditEntry(cloud.state, 'orders', edit));
    const end = auditEntry(cloud.state, 'orders', { ...edit, operation: { last: true } });
    cloud.state.trail.push({ ...end, timestamp: new Date(Date.now() + 60_000).toISOString() });
    cloud.state.trail.push(auditEntry(cloud.state, 'other', edit));
    expect(told(await trailOf(await run()))).toEqual([
      'cloudsql.instances.update of server orders by jane@example.com'
    ]);
  });

  test('a refused list names the permission', async () => {
    const { cloud, run } = await applied();
    cloud.state.denied.add('logging.logEntries.list');
    expect((await trailOf(await run()))?.missing).toBe('logging.logEntries.list');
  });
});

describe('on Azure', () => {
  async function applied() {
    const cloud = await startAzure();
    stop = async () => cloud.stop();
    // The log is read up to the moment of the run, which is the first one of 2026.
    cloud.state.now = () => new Date('2025-12-31T23:00:00.000Z');
    await (await azureRun(cloud, azureInputs())).apply();
    const id = [...cloud.state.servers.values()][0]?.id ?? '';
    const event = { at: '2025-12-31T23:30:00.000Z', id, caller: 'jane@example.com', name: 'Jane' };
    return { cloud, event, run: async () => azureRun(cloud, azureInputs()) };
  }
  const WRITE = 'Microsoft.DBforPostgreSQL/flexibleServers/write';

  test('the Activity Log names who changed the server or what lies in it after this identity last did', async () => {
    const { cloud, event, run } = await applied();
    expect(await trailOf(await run())).toEqual({ name: 'the Activity Log', events: [] });
    cloud.state.trail.push({ ...event, operation: WRITE });
    cloud.state.trail.push({ ...event, id: `${event.id}/firewallRules/home`, operation: 'rules/write' });
    cloud.state.trail.push({ ...event, id: `${event.id}-2`, operation: WRITE });
    expect([...told(await trailOf(await run()))].sort()).toEqual([
      `${WRITE} of server orders by Jane`,
      'rules/write of server orders firewallRules home by Jane'
    ]);
  });

  test('a refused read names the permission', async () => {
    const { cloud, run } = await applied();
    const opened = await run();
    cloud.state.denied.add('Microsoft.Insights/eventtypes/values/read');
    expect((await trailOf(opened))?.missing).toBe('Microsoft.Insights/eventtypes/values/read');
  });
});

test('DigitalOcean keeps no audit trail of databases, and is asked for none', async () => {
  const cloud = await startDigitalOcean();
  stop = async () => cloud.stop();
  expect(await trailOf(await digitaloceanRun(cloud, digitaloceanInputs()))).toBe(undefined);
});
