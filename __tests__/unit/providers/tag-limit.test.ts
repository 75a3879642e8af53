import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { object } from '../../clouds/gcp/json.ts';
import { basic as onAws } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as onAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as onGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { refusalIn } from '../../support/refusal-in.ts';

type With = Readonly<Record<string, string>>;

interface Place {
  readonly run: (more: With) => Promise<CloudRun>;
  /** Others add these tags to the live server. */
  readonly tag: (tags: With) => void;
  readonly stop: () => Promise<void>;
}

const CLOUDS: readonly (readonly [name: string, most: number, start: () => Promise<Place>])[] = [
  [
    'RDS',
    40,
    async () => {
      const cloud = await startAws();
      return {
        run: async more => awsRun(cloud, { ...onAws(cloud), ...more }),
        tag: tags => {
          const server = cloud.state().instances.get('orders');
          if (server === undefined) throw new Error('There is no server');
          const added = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
          server.tags.tags = [...server.tags.tags, ...added, { Key: 'aws:cloudformation:stack-id', Value: 'x' }];
          server.tags.staleReads = 0;
        },
        stop: async () => cloud.stop()
      };
    }
  ],
  [
    'Flexible Server',
    38,
    async () => {
      const cloud = await startAzure();
      return {
        run: async more => azureRun(cloud, { ...onAzure(), ...more }),
        tag: tags => {
          for (const server of cloud.state.servers.values()) server.tags = { ...server.tags, ...tags };
        },
        stop: async () => cloud.stop()
      };
    }
  ],
  [
    'Cloud SQL',
    48,
    async () => {
      const cloud = await startGcp();
      return {
        run: async more => gcpRun(cloud, { ...onGcp(), ...more }),
        tag: tags => {
          const live = cloud.instance('orders');
          const settings = object(live.json['settings']);
          const userLabels = { ...object(settings['userLabels']), ...tags };
          live.json = { ...live.json, settings: { ...settings, userLabels } };
          live.staleLooks = 0;
        },
        stop: async () => cloud.stop()
      };
    }
  ]
];

test.each(CLOUDS)(
  'tags on %s that exceed the limit together with those of others are refused',
  async (_name, most, start) => {
    const { run, tag, stop } = await start();
    const asked = (...keys: readonly string[]): With => ({ tags: keys.map(key => `${key}: shop`).join('\n') });
    const refusal = async (inputs: With): Promise<string> => refusalIn(async () => run(inputs));
    try {
      await (await run(asked('mine'))).apply();
      tag(Object.fromEntries(Array.from({ length: most - 2 }, (_, at) => [`policy-${at}`, 'x'])));
      expect(await refusal(asked('mine', 'one'))).toBe('');
      expect(await refusal(asked('mine', 'one', 'two'))).toMatch(
        new RegExp(
          `${most - 2} are taken by others and \\d+ by this action; allowed: at most 2, or fewer tags of others`
        )
      );
      // What this workflow set and no longer lists counts no more.
      expect(await refusal(asked('one', 'two'))).toBe('');
      // A tag that is there already needs none.
      tag({ full: 'x' });
      expect(await refusal(asked('mine', 'policy-1'))).toBe('');
      expect(await refusal({})).toBe('');
      await (await run(asked('mine', 'policy-1'))).apply();
    } finally {
      await stop();
    }
  }
);
