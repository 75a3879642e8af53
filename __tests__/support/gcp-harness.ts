import { startGcp, type FakeGcp, type GcpOptions } from '../clouds/gcp/fake-gcp.ts';
import { openCloudStage, type CloudStage } from './cloud-harness.ts';

/** A repository that keeps its database in a fake Google Cloud project. */
export interface GcpStage extends CloudStage {
  readonly gcp: FakeGcp;
}

export async function openGcp(options: GcpOptions = {}): Promise<GcpStage> {
  const gcp = await startGcp(options);
  const stage = await openCloudStage(gcp, () => ({
    GCP_PROJECT: gcp.project,
    NETWORK: 'shop',
    RESTORE_TO_TIME: gcp.world.now(),
    ALERTS_CHANNEL: gcp.channel
  }));
  return { ...stage, gcp };
}
