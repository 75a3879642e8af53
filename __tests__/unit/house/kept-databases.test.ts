import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { awsRun } from '../../support/aws-run.ts';
import { azureRun } from '../../support/azure-run.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { keptAs, laterOf, storedDatabase } from '../../support/mark-versions.ts';

/** Marks and records as files: those of the version before, which this one has to read for good. */
describe('a database, and the record of its plan, that the version before has left', () => {
  let stop = async (): Promise<void> => undefined;
  afterEach(async () => stop());

  test('are kept on AWS', async () => {
    const stored = storedDatabase('aws');
    const cloud = await startAws();
    stop = async () => cloud.stop();
    const state = (): unknown => [cloud.state(), cloud.state('us-west-2'), cloud.state('eu-west-1')];
    const later = await laterOf(stored, async (inputs, options) => awsRun(cloud, inputs, options), state);
    expect(later).toEqual(keptAs(stored));
  });

  test('are kept on GCP', async () => {
    const stored = storedDatabase('gcp');
    const cloud = await startGcp();
    stop = async () => cloud.stop();
    const later = await laterOf(
      stored,
      async (inputs, options) => gcpRun(cloud, inputs, options),
      () => cloud.state
    );
    expect(later).toEqual(keptAs(stored));
  });

  test('are kept on Azure', async () => {
    const stored = storedDatabase('azure');
    const cloud = await startAzure();
    stop = async () => cloud.stop();
    const later = await laterOf(
      stored,
      async (inputs, options) => azureRun(cloud, inputs, options),
      () => cloud.state
    );
    expect(later).toEqual(keptAs(stored));
  });

  test('are kept on DigitalOcean, where the tags of replicas stay', async () => {
    const stored = storedDatabase('digitalocean');
    const cloud = await startDigitalOcean();
    stop = async () => cloud.stop();
    const later = await laterOf(
      stored,
      async (inputs, options) => digitaloceanRun(cloud, inputs, options),
      () => [...cloud.state.clusters.values()]
    );
    expect(later).toEqual(
      keptAs(
        stored,
        Object.keys(stored.tags).filter(place => place.includes('replica'))
      )
    );
  });
});
