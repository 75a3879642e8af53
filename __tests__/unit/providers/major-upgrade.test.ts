import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onDigitalOcean } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { refusalIn } from '../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

const toldOf = async (run: CloudRun): Promise<string> =>
  (await run.plan()).plan.notices
    .filter(({ code }) => /upgrade/.test(code))
    .map(({ severity, message }) => `${severity}: ${message}`)
    .join('\n');

describe('on Cloud SQL', () => {
  let cloud: FakeGcp;
  const { database_version: _version, ...rest } = onGcp();
  const run = async (more: With = {}): Promise<CloudRun> => gcpRun(cloud, { ...rest, engine_version: '15', ...more });
  const UP: With = { engine_version: '17' };
  beforeAll(async () => {
    cloud = await startGcp();
    await (await run()).apply();
  });
  afterAll(async () => cloud.stop());
  beforeEach(() => {
    cloud.clearFaults();
    cloud.state.denied.clear();
    delete cloud.instance('orders').preChecks;
  });
  const checks = (): number => cloud.calls().filter(({ action }) => action.includes('preCheck')).length;

  test('the plan says what it costs, and runs the pre-check once; a plan without an upgrade runs none', async () => {
    await (await run()).plan();
    expect(checks()).toBe(0);
    expect(await toldOf(await run(UP))).toMatch(/^warning: .*15 to 17.*10 minutes.*no way back.*ANALYZE/);
    expect(checks()).toBe(1);
  });

  test('an error of the pre-check refuses the plan with the actions that it asks for, which lead to a plan', async () => {
    cloud.instance('orders').preChecks = [
      { messageType: 'ERROR', message: 'Unknown users own tables.', actionsRequired: ['Drop the users first.'] }
    ];
    expect(await refusalIn(async () => run(UP))).toMatch(/Unknown users own tables.*Drop the users first/);
    cloud.instance('orders').preChecks = [
      { messageType: 'WARNING', message: 'The extension is old.', actionsRequired: ['Update it.'] },
      { messageType: 'INFO', message: 'All is well.' }
    ];
    const told = await toldOf(await run(UP));
    expect(told).toContain('warns: The extension is old. Update it.');
    expect(told).not.toContain('All is well');
  });

  test('a pre-check that may not be run, or fails, is told and stops no plan', async () => {
    cloud.state.denied.add('cloudsql.instances.preCheckMajorVersionUpgrade');
    expect(await toldOf(await run(UP))).toContain('cloudsql.instances.preCheckMajorVersionUpgrade');
    cloud.state.denied.clear();
    cloud.doom('PRE_CHECK_MAJOR_VERSION_UPGRADE', { code: 'INTERNAL_ERROR', message: 'Something broke.' });
    expect(await toldOf(await run(UP))).toMatch(/info: The pre-check of Cloud SQL was not run: .*Something broke/);
    expect(await toldOf(await run({ ...UP, wait: 'false' }))).toContain('`wait` is false');
  });
});

test('on Azure the plan names what goes first, and that nothing checks it before', async () => {
  const cloud = await startAzure();
  try {
    const run = async (more: With = {}): Promise<CloudRun> =>
      azureRun(cloud, { ...onAzure(), engine_version: '15', ...more });
    await (await run()).apply();
    expect(await toldOf(await run())).toBe('');
    expect(await toldOf(await run({ engine_version: '17' }))).toMatch(
      /15 to 17.*goes back by itself.*no call that checks it.*timescaledb.*read replicas/
    );
  } finally {
    await cloud.stop();
  }
});

test('on DigitalOcean the plan says that there is no way back, and that nothing checks it before', async () => {
  const cloud = await startDigitalOcean();
  try {
    const run = async (engine_version: string): Promise<CloudRun> =>
      digitaloceanRun(cloud, { ...onDigitalOcean(), engine_version });
    await (await run('16')).apply();
    expect(await toldOf(await run('16'))).toBe('');
    expect(await toldOf(await run('17'))).toMatch(/16 to 17.*no way back.*no call that checks it/);
  } finally {
    await cloud.stop();
  }
});
