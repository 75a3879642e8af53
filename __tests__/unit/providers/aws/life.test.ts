import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

let cloud: FakeAws;
beforeEach(async () => {
  cloud = await startAws();
});
afterEach(async () => cloud.stop());

const advanced = (): Record<string, string> => ({
  name: 'learning-assistant-db-prod',
  engine_version: '14.9',
  instance_class: 'db.r5.xlarge',
  allocated_storage: '500',
  max_allocated_storage: '1000',
  storage_type: 'gp3',
  storage_throughput: '3000',
  storage_iops: '12000',
  database_name: 'learning_assistant',
  master_username: 'postgres',
  master_password: 'correct-horse-battery',
  vpc_id: cloud.network().vpcId,
  subnet_ids: cloud.network().subnetIds.join('\n'),
  allowed_cidr_blocks: '10.0.0.0/16',
  publicly_accessible: 'false',
  multi_az: 'true',
  backup_retention_period: '30',
  backup_window: '03:00-04:00',
  maintenance_window: 'sun:04:00-sun:05:00',
  enable_encryption: 'true',
  enable_deletion_protection: 'true',
  enable_performance_insights: 'true',
  enable_logging: 'true',
  enable_enhanced_monitoring: 'true',
  parameters: 'shared_buffers: 256MB\nlog_connections: on\nssl: on',
  create_read_replica: 'true',
  read_replica_count: '2',
  tags: 'Tier: Database'
});

test('an advanced server is made, is as asked, changes, and goes with everything of it', async () => {
  const first = await (await awsRun(cloud, advanced())).apply();
  expect(first.plan.counts).toMatchObject({ create: 9, blocked: 0 });
  expect(first.outputs?.module.read_replica_ids).toEqual([
    'learning-assistant-db-prod-replica-1',
    'learning-assistant-db-prod-replica-2'
  ]);
  expect(lines((await (await awsRun(cloud, advanced())).plan()).plan)).toEqual([]);

  const changed = {
    ...advanced(),
    instance_class: 'db.r5.2xlarge',
    apply_immediately: 'true',
    allow_restart: 'true',
    read_replica_count: '1',
    enable_deletion_protection: 'false',
    parameters: 'log_connections: on\nwork_mem: 8MB\nshared_buffers: 512MB',
    allowed_cidr_blocks: '10.0.0.0/16\n10.1.0.0/16'
  };
  const run = await awsRun(cloud, changed);
  const second = await run.apply();
  console.log(lines(second.plan).join('\n'));
  console.log(run.context.lines.filter(l => !l.startsWith('debug')).join('\n'));
  expect(lines((await (await awsRun(cloud, changed)).plan()).plan)).toEqual([]);
  const gone = await awsRun(cloud, changed);
  const plan = await gone.destroy();
  console.log(lines(plan).join('\n'));
  console.log(gone.context.lines.filter(l => !l.startsWith('debug')).join('\n'));
  console.log(cloud.leftovers());
});
