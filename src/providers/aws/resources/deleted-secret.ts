import { orUndefined } from '../../failures.ts';
import { refuseOthers } from '../../create-or-reuse-own.ts';
import type { ProviderError } from '../../../errors.ts';
import { fromList, ownershipOf, toList, type Tags } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';

/** A secret that is to be as new. */
export interface RestoredSecret {
  readonly id: string;
  readonly title: string;
  readonly value: string;
  readonly tags: Tags;
}

/**
 * A secret that is being deleted keeps its name: one of ours comes back, with another value. The tags go first: a run
 * that is killed in between leaves a value that the next one sends again. Throws `thrown`, the refusal of its creation,
 * where nothing is being deleted.
 */
export async function restoreOwnSecret(
  { call, target }: AwsContext,
  { id: SecretId, title, value, tags }: RestoredSecret,
  thrown: ProviderError
): Promise<string | undefined> {
  const found = await orUndefined(call('secretsmanager', 'DescribeSecret', { SecretId }));
  if (found?.DeletedDate === undefined) throw thrown;
  refuseOthers(title, ownershipOf(fromList(found.Tags), target), thrown);
  await call('secretsmanager', 'RestoreSecret', { SecretId });
  await call('secretsmanager', 'TagResource', { SecretId, Tags: toList(tags) });
  await call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: value });
  return found.ARN;
}
