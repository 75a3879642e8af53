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

/** With everything that can stand beside a cluster and inside it. */
export function everything(): With {
  return {
    ...basic(),
    instance_class: 'db-s-2vcpu-4gb',
    multi_az: 'true',
    allocated_storage: '80',
    maintenance_window: 'sun:04:00-sun:05:00',
    enable_deletion_protection: 'false'
  };
}
