import { randomUUID } from 'node:crypto';
import { pageCounter } from '../../../engine/limits.ts';
import { defineResource, type FieldTable, type Observed, type Work } from '../../../engine/resource.ts';
import { ActionError, ProviderError } from '../../../errors.ts';
import { createOrReuseOwn, refuseOthers } from '../../create-or-reuse-own.ts';
import { ignoring, orUndefined } from '../../failures.ts';
import {
  newPassword,
  observedRoles,
  ROLE_SECRET,
  roleOfSecret,
  roleSecretAddress,
  secretFacts,
  type KeptPasswords
} from '../../role-secrets.ts';
import { markOf, ownershipOf, type Labels } from '../api/labels.ts';
import { labelsAfter, labelsOfNew, PASSWORD_VERSION, SECRET_ID, TAG_FIELD, tagFields } from '../api/tags.ts';
import type { GcpContext } from '../context.ts';

/** https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets */
interface Secret {
  /** `projects/<number>/secrets/<id>`. */
  readonly name?: string;
  readonly labels?: Labels;
}

const FIELDS = {
  role: { api: 'secretId', input: 'roles', impact: 'online', constraint: 'create-only' },
  password: { api: 'payload.data', input: 'keep_role_passwords', impact: 'online' },
  password_version: { api: 'payload.data, labels', input: 'roles', impact: 'online' },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** A secret of Secret Manager whose newest version is the generated password of a role. */
export const roleSecret = defineResource<GcpContext>()({
  type: ROLE_SECRET,
  fields: FIELDS,
  permissions: {
    observe: ['secretmanager.secrets.get', 'secretmanager.secrets.list'],
    create: ['secretmanager.secrets.create', 'secretmanager.versions.access', 'secretmanager.versions.add'],
    update: ['secretmanager.secrets.update', 'secretmanager.versions.add'],
    delete: ['secretmanager.secrets.delete']
  },
  observe: async context => {
    const server = await context.live();
    const mark = markOf(server?.settings?.userLabels ?? {});
    const roles = await observedRoles(context.settings, mark, async () => listedRoles(context));
    const found = await Promise.all(
      roles.map(async role => {
        const live = await context.ask(`secret of ${role}`, async () => secretOf(context, role));
        return live === undefined ? [] : [observed(context, role, live.labels ?? {})];
      })
    );
    return found.flat();
  },
  create: async (context, work) => {
    const role = roleOfSecret(work);
    const id = randomUUID();
    const labels = { ...labelsOfNew(work), ...versionOf(work), [SECRET_ID]: id };
    const send = async (replication: object): Promise<unknown> => {
      const path = `${secretsPath(context)}?secretId=${secretId(context, role)}`;
      const call = { permission: 'secretmanager.secrets.create', subject: secretTitle(context, role) };
      return context.gcp.rest('secretmanager', 'POST', path, call, { body: { replication, labels } });
    };
    const make = async (): Promise<string> => {
      try {
        await send({ automatic: {} });
      } catch (thrown) {
        if (!refusesGlobal(thrown)) throw thrown;
        const location = (await context.live())?.region ?? context.region;
        await send({ userManaged: { replicas: [{ location }] } });
      }
      return id;
    };
    const existing = async (): Promise<Labels> => (await secretOf(context, role))?.labels ?? {};
    const made = await createOrReuseOwn(work, secretTitle(context, role), make, async () =>
      ownershipOf(await existing(), context.target)
    );
    if (made === undefined) await keptPasswords(context).make(role);
    else await addPassword(context, role);
    return secretFacts(made ?? (await existing())[SECRET_ID], secretId(context, role));
  },
  update: async (context, work) => {
    const role = roleOfSecret(work);
    const isNew = work.changes.some(({ field, to }) => field === 'password_version' && to !== null);
    // The version is written last: the run after one that was interrupted makes another password.
    if (isNew) await addPassword(context, role);
    const live = (await secretOf(context, role))?.labels ?? {};
    const after = { ...(labelsAfter(live, work) ?? live), ...(isNew ? versionOf(work) : {}) };
    const isReleased = work.changes.some(({ field, to }) => field === `tags.${SECRET_ID}` && to === null);
    const id = live[SECRET_ID] ?? randomUUID();
    const labels = isReleased ? after : { ...after, [SECRET_ID]: id };
    const call = { permission: 'secretmanager.secrets.update', subject: secretTitle(context, role) };
    const path = `${secretsPath(context)}/${secretId(context, role)}?updateMask=labels`;
    await context.gcp.rest('secretmanager', 'PATCH', path, call, { body: { labels } });
    return secretFacts(id, secretId(context, role));
  },
  remove: async (context, work) => {
    const role = roleOfSecret(work);
    const call = { permission: 'secretmanager.secrets.delete', subject: secretTitle(context, role) };
    const path = `${secretsPath(context)}/${secretId(context, role)}`;
    await ignoring(['not-found'], context.gcp.rest('secretmanager', 'DELETE', path, call));
  }
});

export function secretTitle(context: Pick<GcpContext, 'name'>, role: string): string {
  return `secret ${secretId(context, role)}`;
}

/** The passwords in those secrets. */
export function keptPasswords(context: GcpContext): KeptPasswords {
  const read = async (role: string): Promise<string | undefined> => {
    const live = await secretOf(context, role);
    if (live === undefined) return undefined;
    refuseOthers(secretTitle(context, role), ownershipOf(live.labels ?? {}, context.target));
    const call = { permission: 'secretmanager.versions.access', subject: secretTitle(context, role) };
    const path = `${secretsPath(context)}/${secretId(context, role)}/versions/latest:access`;
    const newest = await orUndefined(
      context.gcp.rest<{ readonly payload?: { readonly data?: string } }>('secretmanager', 'GET', path, call)
    );
    const data = newest?.payload?.data;
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  };
  return {
    read,
    make: async role => {
      const password = await read(role);
      if (password !== undefined) return password;
      if ((await secretOf(context, role)) !== undefined) return addPassword(context, role);
      throw new ActionError(
        `Could not read the password of the role ${role}: there is no ${secretTitle(context, role)}`,
        {
          code: 'not-found',
          source: 'provider',
          hint: 'Apply again: the next run makes another one.'
        }
      );
    }
  };
}

/**
 * An organization that lists the regions of its resources refuses automatic replication.
 * https://docs.cloud.google.com/secret-manager/docs/choosing-replication
 */
function refusesGlobal(thrown: unknown): boolean {
  return thrown instanceof ProviderError && /constraints\/gcp\.resourceLocations/.test(thrown.message);
}

function observed(context: GcpContext, role: string, labels: Labels): Observed<typeof FIELDS> {
  return {
    address: roleSecretAddress(role),
    type: ROLE_SECRET,
    title: secretTitle(context, role),
    ownership: ownershipOf(labels, context.target),
    fields: { role, password_version: labels[PASSWORD_VERSION] ?? null, ...tagFields(labels) },
    facts: secretFacts(labels[SECRET_ID], secretId(context, role)),
    dependsOn: [],
    concurrencyGroup: roleSecretAddress(role)
  };
}

/** Names of instances have no underscore: two servers never have a secret of one name. */
function secretId({ name }: Pick<GcpContext, 'name'>, role: string): string {
  return `pgkeep_${name}_${role}`;
}

function secretsPath({ project }: Pick<GcpContext, 'project'>): string {
  return `/v1/projects/${project}/secrets`;
}

async function secretOf(context: GcpContext, role: string): Promise<Secret | undefined> {
  const call = { permission: 'secretmanager.secrets.get', subject: secretTitle(context, role) };
  const path = `${secretsPath(context)}/${secretId(context, role)}`;
  return orUndefined(context.gcp.rest<Secret>('secretmanager', 'GET', path, call));
}

/** A version of its own; earlier ones stay. Lost answers may leave two: the newest counts. */
async function addPassword(context: GcpContext, role: string): Promise<string> {
  const password = newPassword();
  context.mask(password);
  const data = Buffer.from(password, 'utf8').toString('base64');
  context.mask(data);
  const call = { permission: 'secretmanager.versions.add', subject: secretTitle(context, role) };
  const path = `${secretsPath(context)}/${secretId(context, role)}:addVersion`;
  await context.gcp.rest('secretmanager', 'POST', path, call, { body: { payload: { data } } });
  return password;
}

/** The roles of all secrets of this server. https://cloud.google.com/secret-manager/docs/filtering */
async function listedRoles(context: GcpContext): Promise<readonly string[]> {
  const { gcp, project } = context;
  const prefix = secretId(context, '');
  const call = { permission: 'secretmanager.secrets.list', subject: project };
  const roles: string[] = [];
  const count = pageCounter(call.permission);
  for (let token = ''; ;) {
    count();
    const query = new URLSearchParams({
      filter: `name:${prefix}`,
      pageSize: '500',
      ...(token === '' ? {} : { pageToken: token })
    });
    const page = await gcp.rest<{ readonly secrets?: readonly Secret[]; readonly nextPageToken?: string }>(
      'secretmanager',
      'GET',
      `${secretsPath(context)}?${query.toString()}`,
      call
    );
    const ids = (page.secrets ?? []).map(({ name = '' }) => name.slice(name.lastIndexOf('/') + 1));
    roles.push(...ids.flatMap(id => (id.startsWith(prefix) ? [id.slice(prefix.length)] : [])));
    token = page.nextPageToken ?? '';
    if (token === '') return roles;
  }
}

function versionOf({ values }: Work<typeof FIELDS>): Labels {
  const { password_version: version } = values;
  return typeof version === 'string' ? { [PASSWORD_VERSION]: version } : {};
}
