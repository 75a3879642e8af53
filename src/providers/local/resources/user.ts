import { defineResource, NO_PERMISSIONS, type Facts, type Work } from '../../../engine/resource.ts';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/identifier.ts';
import { matchesVerifier, scramVerifier } from '../../../postgres/scram.ts';
import { writeCredentials, type ServerCredentials } from '../cluster/credentials.ts';
import { childResource, STOPPED } from './child-resource.ts';
import { requireLive } from '../live-state.ts';
import { SERVER, SUPERUSER, USER } from '../addresses.ts';
import { asSuperuser, masterUser, type LocalContext } from '../context.ts';

/**
 * The user of the workflow. It is a superuser, as in the usual containers: tests create extensions and change settings.
 */
export const user = defineResource<LocalContext>()({
  type: USER,
  fields: {
    master_username: { api: 'pg_authid.rolname', input: 'master_username', impact: 'online' },
    master_password: { api: 'pg_authid.rolpassword', input: 'master_password', impact: 'online' }
  },
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    const state = await context.databaseState();
    if (state !== undefined && state.verifier === undefined) return [];
    const name = masterUser(context, live.credentials);
    const matches = matchesVerifier(state?.verifier ?? null, await context.masterPassword());
    return [
      await childResource(context, {
        address: USER,
        type: USER,
        title: `user ${name}`,
        fields: { master_username: name, master_password: matches },
        ...(state === undefined ? { unknown: { master_username: STOPPED, master_password: STOPPED } } : {}),
        dependsOn: [SERVER]
      })
    ];
  },
  create: setLogin,
  update: setLogin,
  remove: async () => {
    // It is removed with the server's data directory.
  }
});

/** Creates the user, or sets the password of an existing one; then stores the credentials for later steps. */
async function setLogin(context: LocalContext, work: Pick<Work, 'observed'>): Promise<Facts> {
  const { credentials } = await requireLive(context);
  const name = masterUser(context, credentials);
  const password = await context.masterPassword();
  const isSuperuser = name === SUPERUSER;
  if (!isSuperuser || work.observed !== undefined) {
    const role = quoteIdentifier(name);
    const login = `LOGIN SUPERUSER PASSWORD ${quoteLiteral(scramVerifier(password))}`;
    await asSuperuser(context, credentials, SUPERUSER, async session => {
      const [found] = await session.query('select from pg_roles where rolname = $1', [name], `look for user ${name}`);
      await session.query(
        `${found === undefined ? 'CREATE' : 'ALTER'} ROLE ${role} ${login}`,
        undefined,
        `set the login of ${name}`
      );
    });
  }
  const master = { name, password };
  const kept: ServerCredentials = { ...credentials, master, ...(isSuperuser ? { superuser: master } : {}) };
  await writeCredentials(context.layout.credentialsFile, kept);
  context.invalidate();
  return {};
}
