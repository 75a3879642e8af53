import { candidatesOf } from '../../../src/moving-in/candidates.ts';
import { PROMPT, startAws } from '../../clouds/aws/fake-aws.ts';
import { moduleDefault } from '../../clouds/aws/live-servers.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { defaultServer } from '../../clouds/azure/live-servers.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { defaultCluster } from '../../clouds/digitalocean/live-servers.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { defaultInstance } from '../../clouds/gcp/live-servers.ts';
import { movesIn, type MovingIn } from '../../support/moves-in.ts';
import { movingFromAws, movingFromAzure, movingFromDigitalOcean, movingFromGcp } from '../../support/moving-clouds.ts';
import { stepsIn } from '../../support/step-in-process.ts';

const stepOf = (env: Readonly<Record<string, string>>): MovingIn['step'] => {
  const step = stepsIn(env);
  return async inputs => step(inputs);
};

/** Each server is as the well-known Terraform module of its cloud makes one with its defaults. */
describe('a server with the defaults of its module moves in, changes, and is released as it was', () => {
  test('aws', async () => {
    const cloud = await startAws(PROMPT);
    await moduleDefault(cloud);
    const { differs } = await movesIn({ step: stepOf(cloud.env), ...movingFromAws(cloud) });
    expect(differs).toEqual(['BackupRetentionPeriod']);
    await cloud.stop();
  });

  test('gcp, without the inputs that would switch its backups on', async () => {
    const cloud = await startGcp();
    await defaultInstance(cloud);
    const { inputs, unmanaged, differs } = await movesIn({ step: stepOf(cloud.env), ...movingFromGcp(cloud) });
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(['instance_class', 'allocated_storage']));
    expect(inputs).not.toHaveProperty('backup_retention_period');
    expect(unmanaged).toContain('"the plan with it would change server orders","input":"backup_retention_period"');
    expect(differs).toEqual(['orders.json.settings.dataDiskSizeGb', 'orders.json.settings.settingsVersion']);
    await cloud.stop();
  });

  test('azure', async () => {
    const cloud = await startAzure({ pace: { busyAfter: 0 } });
    await defaultServer(cloud);
    const { differs } = await movesIn({ step: stepOf(cloud.env), ...movingFromAzure(cloud) });
    expect(differs).toEqual(['orders.properties.backup.backupRetentionDays']);
    await cloud.stop();
  });

  test('digitalocean', async () => {
    const cloud = await startDigitalOcean();
    await defaultCluster(cloud);
    const { inputs, differs } = await movesIn({ step: stepOf(cloud.env), ...movingFromDigitalOcean(cloud) });
    // Its own unit is MiB.
    const gib = cloud.cluster('orders').storage_size_mib / 1024;
    expect(inputs).toMatchObject({ allocated_storage: String(gib) });
    expect(differs.filter(one => !one.startsWith('maintenance.'))).toEqual([]);
    await cloud.stop();
  });
});

test('a password among the live fields, and what describes no lasting state, are no inputs', () => {
  const table = {
    port: 'port',
    secret: 'master_password',
    from: 'restore_source',
    bad: 'engine_version',
    zero: 'iops'
  };
  const fields = { port: 5433, secret: 'hunter2hunter2', from: 'orders', bad: 'no version', zero: 0 };
  const rules = Object.entries(table).map(([field, input]) => [field, { api: field, input, impact: 'online' }]);
  expect(candidatesOf({ fields }, Object.fromEntries(rules) as never)).toEqual({ port: '5433' });
});
