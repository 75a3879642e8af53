import type { CloudLogins } from '../providers/cloud-logins.ts';
import { isObjectName } from '../spec/sql-objects.ts';
import type { RoleState } from './server-state.ts';

/** How a role logs in, as its entry in `roles` says it. */
type FoundLogin =
  | {
      readonly key: string;
      readonly entry: Readonly<Record<string, string>>;
      /** It would carry the mark. */
      readonly isOurs: boolean;
    }
  | { readonly why: string };

/** By the cloud where the server shows it: a membership, the form of its name, or a label. */
export function loginOf({ name, memberOf, label }: RoleState, logins: CloudLogins | undefined): FoundLogin {
  const byPassword = { key: name, entry: {}, isOurs: true };
  if (logins === undefined) return byPassword;
  if (logins.kind === 'membership') {
    return memberOf.includes(logins.role) ? { ...byPassword, entry: { login: 'cloud' } } : byPassword;
  }
  if (logins.kind === 'resource') {
    const [, account, project] = /^([^@]+)@([^@]+)\.iam$/.exec(name) ?? [];
    if (account === undefined) return name.includes('@') ? { why: BY_ADDRESS } : byPassword;
    const principal = `serviceAccount:${account}@${project}.iam.gserviceaccount.com`;
    return { key: asKey(account), entry: { login: 'cloud', principal }, isOurs: false };
  }
  if (label === undefined) return byPassword;
  const parts = label.split(',').map(part => part.trim());
  if (parts.includes('admin')) return { why: 'it is an administrator of Entra ID: `entra_administrators` names it' };
  const valueOf = (key: string): string | undefined =>
    parts.find(part => part.startsWith(`${key}=`))?.slice(key.length + 1);
  const [id, kind] = [valueOf('oid'), valueOf('type')];
  if (isObjectName(name) && id !== undefined && kind !== undefined) {
    return { key: name, entry: { login: 'cloud', object_id: id, kind }, isOurs: false };
  }
  return { key: asKey(name), entry: { login: 'cloud', principal: name }, isOurs: false };
}

/** A person and a group are told apart by the API only. */
const BY_ADDRESS =
  'it logs in by an identity of the cloud: name it in `roles` with `login: cloud` and its `principal` (`user:`, `group:`)';

function asKey(name: string): string {
  return name.replace(/@.*$/, '').replace(/[^A-Za-z0-9_-]/g, '_');
}

/** Whether the cloud made the role for an identity: it carries no mark. */
export function isMadeByCloud(role: RoleState, logins: CloudLogins | undefined): boolean {
  const login = loginOf(role, logins);
  return 'why' in login || !login.isOurs;
}
