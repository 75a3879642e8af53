/** The kinds of users that log in with Google's identities. */
export type IamType = 'CLOUD_IAM_USER' | 'CLOUD_IAM_SERVICE_ACCOUNT' | 'CLOUD_IAM_GROUP';

/** A user of an instance that Google knows: no password, a name made of its address. */
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
 * The user that `iam_users` names, spelled as IAM spells its members (`group:team@example.com`) or as an address alone; `undefined` for
 * anything else. PostgreSQL names are lower case, and a service account's lacks its last part, which would be too long.
 * https://cloud.google.com/sql/docs/postgres/add-manage-iam-users
 */
export function iamUserOf(given: string): IamUser | undefined {
  const [, prefix, address = ''] = /^(?:(user|serviceAccount|group):)?([^\s:@]+@[^\s:@]+)$/.exec(given) ?? [];
  if (address === '') return undefined;
  const isAccount = address.endsWith('.gserviceaccount.com');
  const type = prefix === undefined ? (isAccount ? 'CLOUD_IAM_SERVICE_ACCOUNT' : 'CLOUD_IAM_USER') : PREFIXES[prefix];
  if (type === undefined || (type === 'CLOUD_IAM_SERVICE_ACCOUNT') !== isAccount) return undefined;
  return { type, name: address.replace(/\.gserviceaccount\.com$/, '').toLowerCase() };
}

/** Whether a user of an instance is one that a workflow can list; members of a group come and go by themselves. */
export function isIamType(type: string | undefined): type is IamType {
  return Object.values(PREFIXES).some(one => one === type);
}
