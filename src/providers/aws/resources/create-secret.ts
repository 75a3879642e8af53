import type { ProviderError } from '../../../errors.ts';
import { refuseOthers } from '../../create-or-reuse-own.ts';
import { isFailure, orUndefined } from '../../failures.ts';
import { fromList, ownershipOf, toList, type Tags } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';

export interface NewSecret {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly value: string;
  readonly tags: Tags;
}

/** Creates a secret, and returns its ARN. One of ours that is being deleted, and keeps its name, is restored for it. */
export async function createSecret(context: AwsContext, secret: NewSecret): Promise<string | undefined> {
  const { id, description, value, tags } = secret;
  try {
    const input = { Name: id, Description: description, SecretString: value, Tags: toList(tags) };
    return (await context.call('secretsmanager', 'CreateSecret', input)).ARN;
  } catch (thrown) {
    if (!isFailure(thrown, 'invalid')) throw thrown;
    return restoreOwn(context, secret, thrown);
  }
}

/**
 * The tags go first: a run that is killed in between leaves a value that the next one sends again. Throws `thrown`, the
 * refusal of the creation, where nothing is being deleted.
 */
async function restoreOwn(
  { call, target }: AwsContext,
  { id: SecretId, title, value, tags }: NewSecret,
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
