/** Users that log in with a Google identity. */
export type IamType = 'CLOUD_IAM_USER' | 'CLOUD_IAM_SERVICE_ACCOUNT' | 'CLOUD_IAM_GROUP';

/** A user with a Google identity: without a password, named after its address. */
export interface IamUser {
  readonly type: IamType;
  /** As the database has it. */
  readonly name: string;
}

const PREFIXES: Readonly<Record<string, IamType>> = {
  user: 'CLOUD_IAM_USER',
  serviceAccount: 'CLOUD_IAM_SERVICE_ACCOUNT',
  group: 'CLOUD_IAM_GROUP'
};

/**
 * The user that `iam_users` names, spelled as IAM spells its members (`group:team@example.com`) or as an address alone;
 * `undefined` for anything else. PostgreSQL names are lower case, and a service account's lacks its last part, which
 * would be too long. https://cloud.google.com/sql/docs/postgres/add-manage-iam-users
 */
export function iamUserOf(given: string): IamUser | undefined {
  const [, prefix, address = ''] = /^(?:(user|serviceAccount|group):)?([^\s:@]+@[^\s:@]+)$/.exec(given) ?? [];
  if (address === '') return undefined;
  const isAccount = address.endsWith('.gserviceaccount.com');
  const type = prefix === undefined ? (isAccount ? 'CLOUD_IAM_SERVICE_ACCOUNT' : 'CLOUD_IAM_USER') : PREFIXES[prefix];
  if (type === undefined || (type === 'CLOUD_IAM_SERVICE_ACCOUNT') !== isAccount) return undefined;
  return { type, name: address.replace(/\.gserviceaccount\.com$/, '').toLowerCase() };
}

/** Whether a user can be listed in `iam_users`; members of a group are added and removed by Google. */
export function isIamType(type: string | undefined): type is IamType {
  return Object.values(PREFIXES).some(one => one === type);
}
