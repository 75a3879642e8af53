import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { Actions, AnyActions, Call } from './actions.ts';
import { AwsFault } from './fault.ts';
import { hexId, uuid } from './ids.ts';
import { page } from './pages.ts';
import { addTags, readTags, removeTags, tagged } from './tags.ts';
import type { Region, SecretRecord, CloudState } from './state.ts';

const DAY = 86_400_000;

const actions: Actions<SecretsManager> = {
  CreateSecret: (input, { cloud, region, now }) => {
    const name = input.Name ?? '';
    const before = [...region.secrets.values()].find(one => one.name === name);
    const refusals = region.lastingNames.get(name) ?? 0;
    if (refusals > 0) region.lastingNames.set(name, refusals - 1);
    if (before?.deletedAt !== undefined || refusals > 0) {
      const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
      throw new AwsFault('InvalidRequestException', message);
    }
    if (before !== undefined) {
      const repeated = before.version === input.ClientRequestToken && before.value === input.SecretString;
      if (repeated) return { ARN: before.arn, Name: name, VersionId: before.version };
      throw new AwsFault('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const record = makeSecret(cloud, region, name, now, {
      value: input.SecretString ?? '',
      description: input.Description,
      kmsKeyId: input.KmsKeyId,
      tags: input.Tags,
      version: input.ClientRequestToken
    });
    return { ARN: record.arn, Name: name, VersionId: record.version };
  },
  DescribeSecret: (input, call) => {
    const secret = find(call, input.SecretId);
    return {
      ARN: secret.arn,
      Name: secret.name,
      Description: secret.description,
      KmsKeyId: secret.kmsKeyId,
      CreatedDate: secret.created,
      DeletedDate: secret.deletedAt,
      OwningService: secret.owningService,
      LastRotatedDate: secret.rotated,
      ...(secret.rotation === undefined
        ? {}
        : {
            RotationEnabled: secret.rotation.isOn,
            RotationRules: { AutomaticallyAfterDays: secret.rotation.days }
          }),
      Tags: readTags(secret.tags),
      VersionIdsToStages: { [secret.version]: ['AWSCURRENT'] }
    };
  },
  GetSecretValue: (input, call) => {
    const secret = usable(find(call, input.SecretId));
    return {
      ARN: secret.arn,
      Name: secret.name,
      SecretString: secret.value,
      VersionId: secret.version,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: secret.created
    };
  },
  PutSecretValue: (input, call) => {
    const secret = usable(find(call, input.SecretId));
    secret.value = input.SecretString ?? '';
    secret.version = input.ClientRequestToken ?? uuid(call.cloud.id('version'));
    return { ARN: secret.arn, Name: secret.name, VersionId: secret.version, VersionStages: ['AWSCURRENT'] };
  },
  UpdateSecret: (input, call) => {
    const secret = usable(find(call, input.SecretId));
    if (input.Description !== undefined) secret.description = input.Description;
    if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId;
    if (input.SecretString !== undefined) {
      secret.value = input.SecretString;
      secret.version = input.ClientRequestToken ?? uuid(call.cloud.id('version'));
    }
    return { ARN: secret.arn, Name: secret.name, VersionId: secret.version };
  },
  DeleteSecret: (input, call) => {
    const secret = find(call, input.SecretId);
    if (secret.owningService !== undefined) {
      throw new AwsFault('InvalidRequestException', `The secret is managed by ${secret.owningService}.`);
    }
    const { RecoveryWindowInDays: days = 30, ForceDeleteWithoutRecovery: isForced } = input;
    if (input.RecoveryWindowInDays !== undefined && isForced === true) {
      throw new AwsFault(
        'InvalidParameterException',
        "You can't use ForceDeleteWithoutRecovery with RecoveryWindowInDays."
      );
    }
    if (days < 7 || days > 30)
      throw new AwsFault('InvalidParameterException', 'RecoveryWindowInDays must be between 7 and 30.');
    const date = new Date(call.now.getTime() + (input.RecoveryWindowInDays ?? 30) * DAY);
    if (input.ForceDeleteWithoutRecovery === true) {
      // It is deleted in the background: https://github.com/hashicorp/terraform-provider-aws/issues/10259
      call.region.secrets.delete(secret.arn);
      call.region.lastingNames.set(secret.name, 2);
    } else secret.deletedAt = date;
    return {
      ARN: secret.arn,
      Name: secret.name,
      DeletionDate: input.ForceDeleteWithoutRecovery === true ? call.now : date
    };
  },
  RestoreSecret: (input, call) => {
    const secret = find(call, input.SecretId);
    secret.deletedAt = undefined;
    return { ARN: secret.arn, Name: secret.name };
  },
  // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
  RotateSecret: (input, call) => {
    const secret = usable(find(call, input.SecretId));
    if (secret.rotation === undefined) {
      throw new AwsFault('InvalidRequestException', 'No Lambda rotation function ARN is associated with this secret.');
    }
    const days = input.RotationRules?.AutomaticallyAfterDays ?? secret.rotation.days;
    if (days < 1 || days > 1000) throw new AwsFault('InvalidParameterException', 'AutomaticallyAfterDays is invalid.');
    secret.rotation = { isOn: true, days };
    if (input.RotateImmediately !== false) secret.value = `rotated-at-once-${call.cloud.id('value')}`;
    return { ARN: secret.arn, Name: secret.name, VersionId: secret.version };
  },
  CancelRotateSecret: (input, call) => {
    const secret = usable(find(call, input.SecretId));
    secret.rotation = { isOn: false, days: secret.rotation?.days ?? 7 };
    return { ARN: secret.arn, Name: secret.name, VersionId: secret.version };
  },
  ListSecrets: (input, { cloud, region }) => {
    const wanted = (input.Filters ?? []).filter(one => one.Key === 'name').flatMap(one => one.Values ?? []);
    const all = [...region.secrets.values()]
      .filter(one => input.IncludePlannedDeletion === true || one.deletedAt === undefined)
      .filter(one => wanted.length === 0 || wanted.some(prefix => one.name.startsWith(prefix)));
    const { items, next } = page(all, cloud.pageSize, input.MaxResults, input.NextToken);
    return {
      SecretList: items.map(one => ({
        ARN: one.arn,
        Name: one.name,
        Description: one.description,
        KmsKeyId: one.kmsKeyId,
        CreatedDate: one.created,
        DeletedDate: one.deletedAt,
        OwningService: one.owningService,
        Tags: readTags(one.tags)
      })),
      NextToken: next
    };
  },
  TagResource: (input, call) => {
    addTags(find(call, input.SecretId).tags, input.Tags ?? [], call.cloud.pace.tags);
  },
  UntagResource: (input, call) => {
    removeTags(find(call, input.SecretId).tags, input.TagKeys ?? [], call.cloud.pace.tags);
  }
};

/** Secrets Manager. A deleted secret keeps its name for the days of its recovery window. */
export const secrets: AnyActions = actions;

interface NewSecret {
  readonly value: string;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly tags?: Parameters<typeof tagged>[0] | undefined;
  readonly version?: string | undefined;
  readonly owningService?: string;
}

/** Also called by RDS, for a password that it keeps itself. */
export function makeSecret(cloud: CloudState, region: Region, name: string, now: Date, given: NewSecret): SecretRecord {
  const suffix = hexId('', cloud.id('secret')).slice(0, 6);
  const record: SecretRecord = {
    arn: `arn:aws:secretsmanager:${region.name}:${cloud.accountId}:secret:${name}-${suffix}`,
    name,
    created: now,
    description: given.description,
    value: given.value,
    version: given.version ?? uuid(cloud.id('version')),
    kmsKeyId: given.kmsKeyId,
    tags: tagged(given.tags),
    deletedAt: undefined,
    owningService: given.owningService,
    // What RDS keeps is rotated every seven days, unless someone says otherwise.
    rotation: given.owningService === 'rds' ? { isOn: true, days: 7 } : undefined
  };
  region.secrets.set(record.arn, record);
  return record;
}

function find({ region }: Call, id: string | undefined): SecretRecord {
  const record = [...region.secrets.values()].find(one => one.arn === id || one.name === id);
  if (record !== undefined) return record;
  throw new AwsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

function usable(record: SecretRecord): SecretRecord {
  if (record.deletedAt === undefined) return record;
  const message = "You can't perform this operation on the secret because it was marked for deletion.";
  throw new AwsFault('InvalidRequestException', message);
}
