import { startGcp, type FakeGcp, type GcpOptions, UNHURRIED } from '../clouds/gcp/fake-gcp.ts';
import { openCloudHarness, type CloudHarness } from './cloud-harness.ts';

/** A repository that keeps its database in a fake Google Cloud project. */
export interface GcpHarness extends CloudHarness {
  readonly gcp: FakeGcp;
}

export async function openGcp(options: GcpOptions = {}): Promise<GcpHarness> {
  const gcp = await startGcp({ ...options, pace: { ...UNHURRIED, ...options.pace } });
  const harness = await openCloudHarness(gcp, () => ({
    GCP_PROJECT: gcp.project,
    NETWORK: 'shop',
    RESTORE_TO_TIME: gcp.state.now(),
    ALERTS_CHANNEL: gcp.channel
  }));
  return { ...harness, gcp };
}
