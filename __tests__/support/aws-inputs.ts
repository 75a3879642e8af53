import type { FakeAws } from '../clouds/aws/fake-aws.ts';

type With = Readonly<Record<string, string>>;

/** The module's basic example. */
export function basic(cloud: FakeAws): With {
  const { vpcId, subnetIds } = cloud.network();
  return {
    name: 'orders',
    engine_version: '16',
    instance_class: 'db.t3.micro',
    allocated_storage: '20',
    storage_type: 'gp2',
    database_name: 'orders',
    master_username: 'postgres',
    master_password: 'correct-horse-battery',
    vpc_id: vpcId,
    subnet_ids: subnetIds.join('\n'),
    allowed_cidr_blocks: '10.0.0.0/16',
    tags: 'Team: shop'
  };
}

/** The module's advanced example, with every supporting resource of a server. */
export function everything(cloud: FakeAws): With {
  return {
    ...basic(cloud),
    engine_version: '14.9',
    instance_class: 'db.r5.xlarge',
    allocated_storage: '500',
    max_allocated_storage: '1000',
    storage_type: 'gp3',
    storage_throughput: '3000',
    storage_iops: '12000',
    multi_az: 'true',
    backup_retention_period: '30',
    backup_window: '03:00-04:00',
    maintenance_window: 'sun:04:00-sun:05:00',
    storage_encrypted: 'true',
    enable_performance_insights: 'true',
    performance_insights_retention_period: '7',
    enable_enhanced_monitoring: 'true',
    monitoring_interval: '60',
    enable_logging: 'true',
    create_read_replica: 'true',
    read_replica_count: '2',
    parameters:
      'shared_preload_libraries: pg_stat_statements\nlog_statement: all\nshared_buffers: 256MB\nmax_connections: "200"\nssl: on',
    enable_proxy: 'true',
    proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20\nmax_client_conn: 100',
    alarms: 'cpu: {threshold: 90}\nconnections: {}\nread_latency:',
    alarm_actions: 'arn:aws:sns:us-east-1:123456789012:alerts',
    replica_region: 'us-west-2',
    backup_region: 'eu-west-1'
  };
}

/** As `everything`, with one of each kind only: every call that can be made, and hardly one of them twice. */
export function oneOfEach(cloud: FakeAws): With {
  return {
    ...everything(cloud),
    read_replica_count: '1',
    parameters: 'log_statement: all',
    alarms: 'cpu',
    enabled_cloudwatch_logs_exports: 'postgresql'
  };
}
