import { aws } from '../../src/providers/aws/provider.ts';
import type { FakeAws } from '../clouds/aws/fake-aws.ts';
import { cloudRun, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

export { lines, told } from './cloud-run.ts';
export type AwsRun = CloudRun;

/** The provider in this process, with a clock that does not wait, against the fake. */
export async function awsRun(
  cloud: FakeAws,
  inputs: Readonly<Record<string, string>>,
  options: CloudRunOptions = {}
): Promise<AwsRun> {
  return cloudRun(aws, cloud.env, inputs, options);
}

/** `command: snapshot`, under the name that `snapshot_identifier` says. */
export async function snapshotTaken(cloud: FakeAws, inputs: Readonly<Record<string, string>>): Promise<void> {
  const { session } = await awsRun(cloud, inputs);
  await session.snapshot(await session.observe());
}
