import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsBasic } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as azureBasic } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { basic as digitaloceanBasic } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { basic as gcpBasic } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { weather, type Weather } from '../../support/weather.ts';

interface Cloud {
  readonly run: () => Promise<CloudRun>;
  readonly stop: () => Promise<void>;
}

const CLOUDS: readonly (readonly [string, (air: Weather) => Promise<Cloud>])[] = [
  [
    'aws',
    async air => {
      const cloud = await startAws({ weather: air });
      return { run: async () => awsRun(cloud, awsBasic(cloud)), stop: async () => cloud.stop() };
    }
  ],
  [
    'azure',
    async air => {
      const cloud = await startAzure({ weather: air });
      cloud.trust();
      return { run: async () => azureRun(cloud, azureBasic()), stop: async () => cloud.stop() };
    }
  ],
  [
    'digitalocean',
    async air => {
      const cloud = await startDigitalOcean({ weather: air });
      return { run: async () => digitaloceanRun(cloud, digitaloceanBasic()), stop: async () => cloud.stop() };
    }
  ],
  [
    'gcp',
    async air => {
      const cloud = await startGcp({ weather: air });
      return { run: async () => gcpRun(cloud, gcpBasic()), stop: async () => cloud.stop() };
    }
  ]
];

const FAULTS = ['sign-in page', 'empty success', 'page of a missing page', 'missing page in plain text'] as const;

/** A proxy answers for the API: without the API's own answer, no server is one that is not there. */
test.each(CLOUDS.flatMap(([name, start]) => FAULTS.map(fault => [name, fault, start] as const)))(
  'a plan on %s fails where each answer is the %s of a proxy',
  async (_name, fault, start) => {
    const air = weather(1, [fault]);
    const cloud = await start(air);
    try {
      const run = await cloud.run();
      const heard: (string | null | undefined)[] = [];
      Object.assign(run.execution.clock, { heard: (date: string | null | undefined) => heard.push(date) });
      await run.plan();
      // By it the run tells how wrong the clock of its machine is.
      expect(heard.map(date => new Date(date ?? '').getFullYear() > 2025)).toContain(true);
      air.blow(1);
      await expect(run.plan()).rejects.toMatchObject({
        message: expect.stringMatching(/it is not an answer of this API|status 404/) as string
      });
    } finally {
      air.calm();
      await cloud.stop();
    }
  }
);
