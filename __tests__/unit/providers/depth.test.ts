import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { PASSWORD } from '../../support/cloud-harness.ts';
import { exampleJobs } from '../../support/examples.ts';
import { stepsIn, type StepResult } from '../../support/step-in-process.ts';
import { waves, type Waves } from '../../support/waves.ts';

type With = Readonly<Record<string, string>>;

interface Place {
  readonly cloud: { readonly env: With; stop(): Promise<void> };
  /** The largest example of the cloud, with everything in it that another list could make longer. */
  readonly inputs: With;
  /** Another size of the server. */
  readonly change: With;
  /** Adds resources of others, which a plan must not read. */
  readonly addStrangers: (count: number) => void;
}

function example(name: string, values: With): With {
  const inputs = exampleJobs([`${name}.yml`], { DATABASE_PASSWORD: PASSWORD, ...values })[0]?.steps[0]?.inputs;
  if (inputs === undefined) throw new Error(`There is no example ${name}`);
  return inputs;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

const PLACES: Readonly<Record<string, (air: Waves) => Promise<Place>>> = {
  aws: async weather => {
    const cloud = await startAws({ weather, pageSize: 100 });
    const { vpcId, subnetIds } = cloud.network();
    const { instances, parameterGroups } = cloud.state();
    return {
      cloud,
      inputs: {
        ...example('aws-advanced', { VPC_ID: vpcId, SUBNET_IDS: subnetIds.join('\n') }),
        parameters: 'work_mem: 8MB'
      },
      change: { instance_class: 'db.r5.2xlarge' },
      addStrangers: count => {
        const [instance, group] = [[...instances.values()][0], [...parameterGroups.values()][0]];
        if (instance === undefined || group === undefined) throw new Error('There is no server');
        for (const at of numbers(count)) {
          const id = `a-stranger-${at}`;
          instances.set(id, { ...instance, live: { ...instance.live, DBInstanceIdentifier: id } });
          parameterGroups.set(id, { ...group, group: { ...group.group, DBParameterGroupName: id } });
        }
      }
    };
  },
  azure: async weather => {
    const cloud = await startAzure({ weather, pageSize: 100 });
    cloud.trust();
    const group = `/subscriptions/${cloud.state.subscription}/resourceGroups/shop`;
    return {
      cloud,
      inputs: example('azure-production', {
        RESOURCE_GROUP: 'shop',
        LOG_WORKSPACE_ID: `${group}/providers/Microsoft.OperationalInsights/workspaces/logs`,
        ALERTS_GROUP_ID: `${group}/providers/Microsoft.Insights/actionGroups/alerts`
      }),
      change: { sku_name: 'GP_Standard_D8ds_v5' },
      addStrangers: count => {
        for (const at of numbers(count)) {
          const id = `${group}/providers/Microsoft.Insights/metricAlerts/a-stranger-${at}`.toLowerCase();
          cloud.state.around.set(id, { id, name: `a-stranger-${at}`, type: 'Microsoft.Insights/metricAlerts' });
        }
      }
    };
  },
  digitalocean: async weather => {
    const cloud = await startDigitalOcean({ weather });
    return {
      cloud,
      inputs: example('digitalocean-production', {
        DIGITALOCEAN_ACCESS_TOKEN: cloud.env['DIGITALOCEAN_TOKEN'] ?? ''
      }),
      change: { size: 'db-s-4vcpu-8gb' },
      addStrangers: count => {
        const [cluster] = cloud.state.clusters.values();
        const [alert] = cloud.state.alerts.values();
        if (cluster === undefined) throw new Error('There is no cluster');
        for (const at of numbers(Math.min(count, 150))) {
          const id = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
          cloud.state.clusters.set(id, { ...cluster, id, name: `a-stranger-${at}` });
          if (alert !== undefined) cloud.state.alerts.set(id, { ...alert, uuid: id, description: `a-stranger-${at}` });
        }
      }
    };
  },
  gcp: async weather => {
    const cloud = await startGcp({ weather, pageSize: 100 });
    return {
      cloud,
      inputs: example('gcp-production', { GCP_PROJECT: cloud.project, NETWORK: 'shop', ALERTS_CHANNEL: cloud.channel }),
      change: { tier: 'db-perf-optimized-N-8' },
      addStrangers: count => {
        const { instances, policies } = cloud.state;
        const [instance] = instances.values();
        if (instance === undefined) throw new Error('There is no instance');
        for (const at of numbers(count)) {
          const name = `a-stranger-${at}`;
          instances.set(name, { ...instance, json: { ...instance.json, name, settings: {}, replicaNames: [] } });
          policies.set(name, { name, displayName: name, userLabels: {} });
        }
      }
    };
  }
};

/** Round trips one after the other, calls in all, and calls of the login, which are apart. */
type Counted = readonly [depth: number, calls: number, logins: number];

interface Counts {
  readonly new: Counted;
  readonly unchanged: Counted;
  readonly changed: Counted;
  readonly check: Counted;
  readonly outputs: Counted;
  readonly absent: Counted;
}

const COUNTS: Readonly<Record<string, Counts>> = {
  aws: {
    new: [3, 20, 0],
    unchanged: [3, 16, 0],
    changed: [4, 17, 0],
    check: [3, 16, 0],
    outputs: [2, 5, 0],
    absent: [2, 6, 0]
  },
  azure: {
    new: [2, 5, 2],
    unchanged: [3, 10, 2],
    changed: [4, 11, 2],
    check: [3, 11, 2],
    outputs: [2, 4, 2],
    absent: [1, 3, 2]
  },
  digitalocean: {
    new: [2, 3, 0],
    unchanged: [3, 14, 0],
    changed: [4, 15, 0],
    check: [3, 15, 0],
    outputs: [2, 8, 0],
    absent: [1, 2, 0]
  },
  gcp: {
    new: [2, 9, 3],
    unchanged: [2, 8, 3],
    changed: [3, 9, 3],
    check: [2, 9, 3],
    outputs: [1, 3, 3],
    absent: [2, 4, 3]
  }
};

describe.each(Object.keys(PLACES))('%s, with its largest example', name => {
  const air = waves();
  const counted: Record<string, Counted> = {};
  let place: Place;
  let step: (inputs: With) => Promise<StepResult>;

  const count = async (command: string, result: string, more: With = {}): Promise<Counted> => {
    let ended: StepResult | undefined;
    const { depth, calls, logins, unused } = await air.measure(async () => {
      ended = await step({ ...place.inputs, ...more, command });
    });
    expect(`${ended?.outputs['result']} ${ended?.failed === true ? ended.log : ''}`).toContain(result);
    expect(unused).toBe(0);
    return [depth, calls, logins];
  };

  beforeAll(async () => {
    place = await (PLACES[name] ?? (() => Promise.reject(new Error(name))))(air);
    step = stepsIn({ ...place.cloud.env, PGKEEP_POLL_SECONDS: '0.01' });
    // What is loaded for the first time is no part of a depth.
    await step({ ...place.inputs, command: 'plan' });
    counted['new'] = await count('plan', 'planned');
    counted['absent'] = await count('outputs', 'There is no database');
    await step({ ...place.inputs, command: 'apply' });
  });
  afterAll(async () => place.cloud.stop());

  test('a plan, a check and outputs take so many round trips, with so many calls', async () => {
    counted['unchanged'] = await count('plan', 'no-changes');
    counted['check'] = await count('check', 'no-changes');
    counted['outputs'] = await count('outputs', 'no-changes');
    counted['changed'] = await count('plan', 'planned', place.change);
    expect(counted).toEqual(COUNTS[name]);
  });

  test('no call of a plan is for what is not ours', async () => {
    const [, few = 0] = COUNTS[name]?.unchanged ?? [];
    place.addStrangers(1);
    expect(await count('plan', 'no-changes')).toEqual(COUNTS[name]?.unchanged);
    place.addStrangers(1000);
    const [depth, many] = await count('plan', 'no-changes');
    expect(depth).toBeLessThanOrEqual(4);
    // Where a list has no filter, a second page of it is never read: what can be ours is asked for by its name.
    expect(many - few).toBeLessThanOrEqual(5);
  });
});
