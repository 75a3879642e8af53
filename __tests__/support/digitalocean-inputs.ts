type With = Readonly<Record<string, string>>;

/** The smallest cluster, as a first user would make it. */
export function basic(): With {
  return {
    name: 'orders',
    digitalocean_region: 'nyc3',
    engine_version: '16',
    instance_class: 'db.t3.micro',
    database_name: 'orders',
    allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.7/32',
    skip_final_snapshot: 'true',
    tags: 'Team: Shop'
  };
}

/** With every supporting and child resource of a cluster. */
export function everything(): With {
  return {
    ...basic(),
    instance_class: 'db-s-2vcpu-4gb',
    multi_az: 'true',
    allocated_storage: '80',
    max_allocated_storage: '200',
    backup_window: '03:30-04:30',
    maintenance_window: 'sun:04:00-sun:05:00',
    enable_deletion_protection: 'false',
    digitalocean_project: '9cc10173-0000-4000-8000-00000000bbbb',
    master_username: 'shop',
    parameters: 'work_mem: 16MB\ndeadlock_timeout: 2s\njit: off\nssl: on\nlog_statement: all',
    enable_proxy: 'true',
    proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20\nmax_client_conn: 100',
    create_read_replica: 'true',
    read_replica_count: '2',
    replica_region: 'sfo3',
    enable_logging: 'true',
    log_sink: 'server: logs.example.com\nport: 6514',
    alarms: 'cpu: {threshold: 85}\nfree_storage: {}\nconnections: {}',
    alarm_actions: 'ops@example.com'
  };
}
