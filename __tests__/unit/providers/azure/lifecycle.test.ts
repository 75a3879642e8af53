import { startAzure, UNHURRIED, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';
import { azureRun } from '../../../support/azure-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

/** Never busy for nothing: a refused call is not worth an interruption. */
const willing = async (): Promise<FakeAzure> => startAzure({ pace: { ...UNHURRIED, busyAfter: 0 } });

/** What goes on for long, and one of the kinds that end soon. */
const goesOn = (action: string): boolean => /flexibleServers$|configurations$/.test(action);

const applied = {};

test.each(['apply', 'destroy'] as const)(
  'the %s of everything that is killed, or loses its answer, at any call is finished by the next one',
  async work => {
    const run = async (cloud: FakeAzure) => azureRun(cloud, everything());
    expect(await interruptEveryCall({ start: willing, run, work, goesOn, applied })).toEqual([]);
  },
  60_000
);

test('a change that is killed, or loses its answer, at any call is finished by the next apply', async () => {
  const first = {
    ...basic(),
    allow_restart: 'true',
    create_read_replica: 'true',
    read_replica_count: '2',
    parameters: 'max_connections: "100"\nwork_mem: 8MB',
    alarms: 'cpu\nconnections'
  };
  const second = {
    ...first,
    sku_name: 'GP_Standard_D4ds_v5',
    allocated_storage: '64',
    maintenance_window: 'tue:02:00-tue:03:00',
    allowed_cidr_blocks: '198.51.100.0/24',
    read_replica_count: '1',
    parameters: 'max_connections: "200"\nlog_statement: ddl',
    alarms: 'cpu: {threshold: 60}',
    enable_deletion_protection: 'true',
    tags: 'Team: ops'
  };
  const wrong = await interruptEveryCall({
    start: willing,
    before: async cloud => azureRun(cloud, first),
    run: async cloud => azureRun(cloud, second),
    work: 'apply',
    goesOn
  });
  expect(wrong).toEqual([]);
}, 60_000);
