type With = Readonly<Record<string, string>>;

/** A small server in the resource group that every fake subscription has. */
export function basic(): With {
  return {
    name: 'orders',
    resource_group_name: 'shop',
    location: 'East US',
    engine_version: '16',
    sku_name: 'Standard_D2ds_v5',
    allocated_storage: '32',
    database_name: 'orders',
    master_username: 'keeper',
    master_password: 'Canary-horse-8431',
    allowed_cidr_blocks: '203.0.113.0/24',
    publicly_accessible: 'true',
    skip_final_snapshot: 'true',
    tags: 'Team: shop'
  };
}

/** With every supporting and child resource of a server. */
export function everything(): With {
  return {
    ...basic(),
    multi_az: 'true',
    auto_grow_enabled: 'true',
    backup_retention_days: '14',
    geo_redundant_backup: 'true',
    maintenance_window: 'sun:04:00-sun:05:00',
    enable_performance_insights: 'true',
    create_read_replica: 'true',
    read_replica_count: '2',
    parameters: 'shared_preload_libraries: pgaudit\nlog_statement: all\nshared_buffers: 256MB\nmax_connections: "200"',
    enable_proxy: 'true',
    proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20\nmax_client_conn: 100',
    alarms: 'cpu: {threshold: 90}\nconnections: {}\nread_latency: {}',
    alarm_actions:
      '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers/Microsoft.Insights/actionGroups/ops',
    replica_region: 'West US',
    enable_logging: 'true',
    log_workspace_id:
      '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers/Microsoft.OperationalInsights/workspaces/logs',
    iam_database_authentication_enabled: 'true',
    entra_administrators:
      '[{object_id: 33333333-4444-5555-6666-777777777777, principal_name: keepers, principal_type: Group}]'
  };
}
