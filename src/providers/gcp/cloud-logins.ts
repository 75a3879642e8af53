import type { CloudLogins } from '../cloud-logins.ts';
import { iamUserOf } from './api/iam-users.ts';

/** Cloud SQL makes such users by its API only, and names them after their address. */
export const cloudLogins: CloudLogins = {
  kind: 'resource',
  removal: 'To delete its user, set `iam_users` to those that stay.',
  nameOf: (_, { principal = '' }) => {
    const found = iamUserOf(principal);
    const allowed =
      '`principal` with `user:` and an address, `serviceAccount:` and an account, or `group:` and the address of a group';
    return found === undefined ? { allowed } : { name: found.name };
  }
};
