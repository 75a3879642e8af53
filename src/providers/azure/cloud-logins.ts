import type { CloudLogins } from '../cloud-logins.ts';

/**
 * Functions of the database `postgres`, which only an administrator of Entra ID may call.
 * https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
 */
export const cloudLogins: CloudLogins = {
  kind: 'statement',
  database: 'postgres',
  removal: 'To delete it, run `DROP ROLE` as an administrator of Entra ID.',
  hint: 'Set `login_as` to one of `entra_administrators`, the identity of this run: only an administrator of Entra ID may make such a role.',
  // With its object id a principal may have any name in the server, else its own name is looked up.
  nameOf: (key, { principal, object_id: objectId }) => {
    if (objectId !== undefined) return { name: key };
    return principal === undefined
      ? { allowed: '`principal`, its name in Entra ID, or `object_id`' }
      : { name: principal };
  },
  create: ({ name, objectId, kind = 'user' }) =>
    objectId === undefined
      ? { name: 'pgaadauth_create_principal', texts: [name] }
      : { name: 'pgaadauth_create_principal_with_oid', texts: [name, objectId, kind] }
};
