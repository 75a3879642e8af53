type With = Readonly<Record<string, string>>;

/** A small instance in the project that every fake has. */
export function basic(): With {
  return {
    name: 'orders',
    gcp_region: 'us-central1',
    engine_version: '16',
    tier: 'db-custom-1-3840',
    disk_size: '20',
    database_name: 'orders',
    master_username: 'postgres',
    master_password: 'Canary-horse-8431',
    publicly_accessible: 'true',
    allowed_cidr_blocks: '203.0.113.0/24',
    skip_final_snapshot: 'true',
    tags: 'Team: shop'
  };
}

/** With every supporting and child resource of an instance. */
export function everything(): With {
  return {
    ...basic(),
    tier: 'db-perf-optimized-N-2',
    master_username: 'keeper',
    max_allocated_storage: '200',
    vpc_id: 'shop',
    multi_az: 'true',
    backup_retention_period: '14',
    backup_window: '03:00-04:00',
    enable_binary_log_backup: 'true',
    maintenance_window: 'sun:04:00-sun:05:00',
    enable_performance_insights: 'true',
    parameters: 'shared_preload_libraries: pgaudit\nlog_statement: all\nshared_buffers: 256MB\nmax_connections: "200"',
    enable_proxy: 'true',
    proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20\nmax_client_conn: 100',
    iam_database_authentication_enabled: 'true',
    iam_users: 'user:ann@example.com\nserviceAccount:app@shop-project.iam.gserviceaccount.com',
    create_read_replica: 'true',
    read_replica_count: '2',
    replica_region: 'us-east1',
    alarms: 'cpu: {threshold: 90}\nconnections: {}\nfree_storage: {period: 90}\nread_latency: {}',
    alarm_actions: 'projects/shop-project/notificationChannels/8431'
  };
}
