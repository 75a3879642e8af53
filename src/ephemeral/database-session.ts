import { ownership, type Mark } from '../engine/ownership.ts';
import type { Notice } from '../engine/plan.ts';
import type { Desired, Observed, Wanted } from '../engine/resource.ts';
import type { FieldValue } from '../engine/value.ts';
import { ActionError } from '../errors.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import {
  sessionOf,
  type DatabaseOutputs,
  type Endpoint,
  type Room,
  type Session,
  type Setup,
  type Wish
} from '../providers/provider.ts';
import type { Base } from './base.ts';
import { census } from './list-databases.ts';
import { database } from './database.ts';
import { locked, type DatabaseWorld } from './database-context.ts';
import { requireOwn } from './require-own.ts';
import { extension } from './extension.ts';
import { desiredInitSql, initSql } from './init-sql.ts';
import { ownMark, readInside, type Inside } from './database-state.ts';
import { databaseNameOf } from './names.ts';
import { passwordsOf } from './password.ts';
import { DATABASE, databaseAddress, EXTENSION, extensionAddress, ROLE, roleAddress } from './resource-names.ts';
import { closable, CONNECTION_LIMIT, role, validUntil } from './role.ts';

const room: Room<DatabaseWorld> = {
  types: [database, role, extension, initSql],
  target: world => world.target,
  refresh: world => world.forget(),
  desire,
  // The role's own calls take the password where they need it.
  secret: () => '',
  stamp,
  outputs,
  snapshot: async () => {
    throw new ActionError('A database on a shared server has no snapshots of its own', {
      code: 'unsupported',
      source: 'user',
      hint: 'Take a dump with pg_dump, or a snapshot of the base without `ephemeral`.'
    });
  },
  doctor: async world => world.base.session.doctor(),
  close: async world => world.base.session.close()
};

/** A session for the database of one pull request on an open base. It closes the base with itself. */
export function openDatabase(base: Base, setup: Setup, pullRequest: number): Session {
  const world = worldOf(base, setup, { ...setup.owner, pullRequest });
  return {
    ...sessionOf(room, world, setup.context),
    census: async () =>
      (await census(world)).map(found => ({
        title: found.title,
        mark: found.mark,
        open: async () => openFound(base, setup, found)
      }))
  };
}

/** A session for something the census found, which shares the base and does not close it. */
function openFound(
  base: Base,
  setup: Setup,
  { name, title, mark }: { readonly name: string; readonly title: string; readonly mark: Mark | undefined }
): Session {
  const { spec } = setup;
  const refuse = (why: string): ActionError =>
    new ActionError(`Open ${title}: ${why}`, { code: 'not-ours', source: 'user' });
  if (mark?.pullRequest === undefined) throw refuse("it carries no mark of a pull request's database");
  const owner = { repository: mark.repository, pullRequest: mark.pullRequest };
  const found = { ...setup, spec: { ...spec, name: mark.name, environment: mark.environment } };
  const world = worldOf(base, found, owner);
  if (world.name !== name) throw refuse(`its mark is that of ${world.name}`);
  return { ...sessionOf(room, world, setup.context), close: async () => {} };
}

function worldOf(
  base: Base,
  { spec, paths, context, secret, mask }: Setup,
  owner: { readonly repository: string; readonly pullRequest: number }
): DatabaseWorld {
  const { provider, account, region } = base.target;
  const target = { provider, account, region, name: spec.name, environment: spec.environment, ...owner };
  const name = databaseNameOf(target);
  let inside: Promise<Inside | undefined> | undefined;
  const world: DatabaseWorld = {
    name,
    target,
    base,
    settings: spec.settings,
    workspace: paths.workspace,
    passwords: passwordsOf({
      name,
      identity: [provider, account, region, base.name, owner.repository.toLowerCase(), name],
      seed: secret('password_seed'),
      store: base.session.secretStore,
      mask
    }),
    context,
    inside: async () => (inside ??= readInside(world)),
    forget: () => {
      inside = undefined;
    },
    ownershipOf: mark => ownership(mark, target)
  };
  return world;
}

async function desire(world: DatabaseWorld, _observed: readonly Observed[]): Promise<Wish> {
  if (world.base.state.kind === 'absent') throw world.base.state.why;
  const { name, settings } = world;
  const lane = { presence: 'present', lane: name } as const;
  const desired: Desired[] = [
    {
      ...lane,
      address: roleAddress(world),
      type: ROLE,
      title: `role ${name}`,
      fields: {
        password: managed({ $secret: 'password' }),
        connection_limit: atFirst(CONNECTION_LIMIT),
        other_databases: managed([])
      },
      dependsOn: []
    },
    {
      ...lane,
      address: databaseAddress(world),
      type: DATABASE,
      title: `database ${name}`,
      fields: {
        ...(settings.template_database === undefined ? {} : { template_database: atFirst(settings.template_database) }),
        connection_limit: atFirst(CONNECTION_LIMIT),
        open_to_public: managed(false),
        ready: managed(true)
      },
      dependsOn: [roleAddress(world)]
    },
    ...(settings.extensions ?? []).map(extensionName => ({
      ...lane,
      address: extensionAddress(extensionName),
      type: EXTENSION,
      title: `extension ${extensionName}`,
      fields: { extension: managed(extensionName) },
      dependsOn: [databaseAddress(world)]
    })),
    ...(await desiredInitSql(world))
  ];
  return { desired, notices: await noticesOf(world) };
}

async function noticesOf(world: DatabaseWorld): Promise<readonly Notice[]> {
  const inside = await world.inside();
  const notices: Notice[] = [];
  if (!world.passwords.isLasting) {
    notices.push({
      code: 'password-once',
      severity: 'warning',
      input: 'password_seed',
      message:
        'Without `password_seed`, the password is known only to the run that makes the database: later runs and other jobs get none.'
    });
  }
  const closing = inside === undefined ? [] : closable(world, inside);
  const open = (inside?.openDatabases ?? []).map(other => other.name).filter(other => !closing.includes(other));
  if (open.length > 0) {
    notices.push({
      code: 'open-databases',
      severity: 'warning',
      message: `Everybody may connect to ${open.map(other => `\`${other}\``).join(', ')} on ${world.base.name}, and so may this role: \`REVOKE CONNECT ON DATABASE … FROM PUBLIC\` closes them.`
    });
  }
  return notices;
}

/** Keeps what was applied and until when the database is wanted, with it and with its role. */
async function stamp(world: DatabaseWorld, _observed: readonly Observed[], mark: Mark): Promise<void> {
  await locked(world, async session => {
    const inside = await readInside(world);
    const now = inside === undefined ? undefined : ownMark(inside);
    if (inside?.role === undefined || inside.database === undefined) return;
    if (ownership(now, world.target).kind !== 'ours') return;
    const name = quoteIdentifier(world.name);
    await session.query(
      [
        `ALTER ROLE ${name}${validUntil(mark.expiresAt)}`,
        `COMMENT ON ROLE ${name} IS ${quoteLiteral(JSON.stringify(mark))}`,
        databaseComment(world.name, { ...inside.database.mark, ...mark })
      ].join('; '),
      undefined,
      `mark database ${world.name}`
    );
  });
  world.forget();
}

async function outputs(world: DatabaseWorld, observed: readonly Observed[]): Promise<DatabaseOutputs | undefined> {
  const { state } = world.base;
  const live = observed.find(resource => resource.address === databaseAddress(world));
  if (state.kind === 'absent' || live?.ownership.kind !== 'ours' || live.fields['ready'] !== true) return undefined;
  const { password: _, ...base } = state.outputs.endpoint;
  const endpoint = { ...base, database: world.name, username: world.name };
  const inside = await readInside(world);
  const expiresAt = requireOwn({
    target: world.target,
    marks: [inside?.role?.mark, inside?.database?.mark],
    own: placeOf(endpoint),
    base: placeOf(base)
  });
  const password = await world.passwords.known();
  return {
    endpoint: { ...endpoint, ...(password === undefined ? {} : { password }) },
    ...(expiresAt === undefined ? {} : { expiresAt }),
    module: { ...state.outputs.module, db_instance_name: world.name, db_instance_username: world.name },
    rebootRequired: false
  };
}

function placeOf({ host, port, database: name }: Pick<Endpoint, 'host' | 'port' | 'database'>): string {
  return `${host}:${port}/${name}`;
}

function managed(value: FieldValue): Wanted {
  return { value, managed: true };
}

function atFirst(value: FieldValue): Wanted {
  return { value, managed: false };
}
