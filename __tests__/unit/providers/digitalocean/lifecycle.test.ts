import { startDigitalOcean, UNHURRIED, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

/** What goes on for long: clusters and replicas that are made or change. */
const goesOn = (action: string): boolean => /^POST \/databases$|(?:replicas|resize|upgrade|migrate)$/.test(action);

type With = Readonly<Record<string, string>>;

const start = async (): Promise<FakeDigitalOcean> => startDigitalOcean({ pace: UNHURRIED });

const applied = {};

test.each(['apply', 'destroy'] as const)(
  'the %s of everything that is killed, or loses its answer, at any call is finished by the next one',
  async work => {
    const run = async (cloud: FakeDigitalOcean) => digitaloceanRun(cloud, everything());
    expect(await interruptEveryCall({ start, run, work, goesOn, applied })).toEqual([]);
  }
);

/** Every change that a cluster and its parts can take. */
function otherwise(): With {
  return {
    ...everything(),
    digitalocean_region: 'fra1',
    instance_class: 'db-s-4vcpu-8gb',
    num_nodes: '3',
    allocated_storage: '160',
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    max_allocated_storage: '0',
    allowed_cidr_blocks: '192.0.2.0/24',
    maintenance_window: 'mon:01:00-mon:02:00',
    backup_window: '05:15-06:15',
    enable_deletion_protection: 'true',
    digitalocean_project: '9cc10173-0000-4000-8000-00000000aaaa',
    parameters: 'work_mem: 32MB\njit: on\npgbouncer.min_pool_size: 3',
    proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
    read_replica_count: '1',
    log_sink: 'server: logs.example.com\nport: 514\ntls: false',
    alarms: 'cpu: {threshold: 60}\nfreeable_memory: {}',
    tags: 'Team: Billing\nCost: low'
  };
}

test('a change of everything that is killed, or loses its answer, at any call is finished by the next one', async () => {
  const wrong = await interruptEveryCall({
    start,
    before: async cloud => digitaloceanRun(cloud, everything()),
    run: async cloud => digitaloceanRun(cloud, otherwise()),
    work: 'apply',
    goesOn
  });
  expect(wrong).toEqual([]);
}, 60_000);
