import { retry } from '../../../engine/retry.ts';
import { ProviderError } from '../../../errors.ts';
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

/** Tries until AWS has deleted a secret for good, which takes it a minute or two. */
const PATIENCE = { what: 'secretsmanager:CreateSecret', kinds: ['busy'], attempts: 9, idempotent: true } as const;

/** Creates a secret, and returns its ARN. One of ours that is being deleted, and keeps its name, is restored for it. */
export async function createSecret(context: AwsContext, secret: NewSecret): Promise<string | undefined> {
  const { execution, pollSeconds } = context;
  const patience = { ...PATIENCE, baseSeconds: Math.min(1, pollSeconds) };
  return retry(execution, patience, async () => createOrRestore(context, secret));
}

async function createOrRestore(context: AwsContext, secret: NewSecret): Promise<string | undefined> {
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
  // One that was deleted for good is gone at once, and its name is free some time later.
  if (found === undefined && /scheduled for deletion/i.test(thrown.message)) {
    throw new ProviderError(thrown.message, { kind: 'busy', cause: thrown, hint: 'Run the workflow again later.' });
  }
  if (found?.DeletedDate === undefined) throw thrown;
  refuseOthers(title, ownershipOf(fromList(found.Tags), target), thrown);
  await call('secretsmanager', 'RestoreSecret', { SecretId });
  await call('secretsmanager', 'TagResource', { SecretId, Tags: toList(tags) });
  await call('secretsmanager', 'PutSecretValue', { SecretId, SecretString: value });
  return found.ARN;
}
