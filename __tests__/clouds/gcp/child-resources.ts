import { GcpFault, invalid } from './fault.ts';
import { merged, object, text, type Json } from './json.ts';
import { databaseOf } from './instances.ts';
import { begin, pass } from './operations.ts';
import { instanceOf, type Instance, type CloudState } from './state.ts';

export interface Within {
  readonly instance: string;
  readonly collection: string;
  readonly id: string | undefined;
  readonly method: string;
  readonly body: Json;
}

const COLLECTIONS: Readonly<
  Record<
    string,
    { readonly of: (instance: Instance) => Map<string, Json>; readonly kind: string; readonly word: string }
  >
> = {
  databases: { of: one => one.databases, kind: 'sql#databasesList', word: 'DATABASE' },
  users: { of: one => one.users, kind: 'sql#usersList', word: 'USER' },
  backupRuns: { of: one => one.runs, kind: 'sql#backupRunsList', word: 'BACKUP' }
};

/** The databases, users and backup runs of an instance. A password is taken and never shown. */
export function within(cloud: CloudState, { instance, collection, id, method, body }: Within): Json {
  const owner = instanceOf(cloud, instance);
  const about = COLLECTIONS[collection];
  if (about === undefined) throw new GcpFault(404, 'notFound', 'Not Found');
  const all = about.of(owner);
  if (method === 'GET') {
    pass(cloud, instance);
    if (owner.json['state'] === 'PENDING_CREATE' || object(owner.json['settings'])['activationPolicy'] === 'NEVER') {
      throw invalid('Invalid request: Invalid request since instance is not running.');
    }
    if (id === undefined) return { kind: about.kind, items: [...all.values()] };
    return present(all, id);
  }
  if (owner.json['instanceType'] === 'READ_REPLICA_INSTANCE') {
    throw invalid('Invalid request: The operation is not supported on a read replica instance.');
  }
  if (collection === 'users' && body['password'] !== undefined) {
    checkPassword(object(owner.json['settings']), id ?? text(body['name']), text(body['password']));
  }
  const start = (verb: string, name: string, effect: () => void): Json =>
    begin(
      cloud,
      instance,
      collection === 'backupRuns' && verb === 'CREATE' ? 'BACKUP_VOLUME' : `${verb}_${about.word}`,
      effect,
      {
        ...(collection === 'databases' ? { below: `/databases/${name}` } : {}),
        ...(collection === 'backupRuns' ? {} : { looks: cloud.pace.within })
      }
    );
  if (method === 'DELETE') {
    present(all, id ?? '');
    return start('DELETE', id ?? '', () => all.delete(id ?? ''));
  }
  if (method === 'POST') {
    const name = collection === 'backupRuns' ? String(1_700_000_000_000 + cloud.number()) : text(body['name']);
    refuseSecond(collection, all, body, name);
    if (collection === 'users') checkUser(owner, body);
    const made =
      collection === 'backupRuns' ? run(cloud, instance, name, body) : seen(cloud, instance, collection, body);
    const answer = start('CREATE', name, () => {
      all.set(name, made);
      notePassword(owner, name, body);
    });
    return collection === 'backupRuns'
      ? { ...answer, backupContext: { kind: 'sql#backupContext', backupId: name } }
      : answer;
  }
  // A user that there is not is made by an update.
  const before = collection === 'users' ? (all.get(id ?? '') ?? {}) : present(all, id ?? '');
  const made = merged(before, seen(cloud, instance, collection, { ...body, name: id }));
  return start('UPDATE', id ?? '', () => {
    all.set(id ?? '', made);
    notePassword(owner, id ?? '', body);
  });
}

function notePassword(owner: Instance, name: string, body: Json): void {
  if (body['password'] !== undefined) owner.passwords.set(name, text(body['password']));
}

/** https://cloud.google.com/sql/docs/postgres/create-manage-databases: names that Cloud SQL reserves. */
const RESERVED = /^(?:template[01]|cloudsqladmin)$/;

/**
 * A second user with a password is the first one with another password: configurations make `postgres` so, which every
 * instance has. One of IAM is refused: https://github.com/GoogleCloudPlatform/k8s-config-connector/issues/2416
 */
function refuseSecond(collection: string, all: ReadonlyMap<string, Json>, body: Json, name: string): void {
  if (collection === 'databases' && RESERVED.test(name)) {
    throw invalid(`Invalid request: The database ${name} is reserved.`);
  }
  if (!all.has(name)) return;
  const isBuiltIn = (type: unknown): boolean => ['', 'BUILT_IN'].includes(text(type));
  if (collection === 'users' && isBuiltIn(body['type']) && isBuiltIn(all.get(name)?.['type'])) return;
  const detail =
    collection === 'databases'
      ? `failed to create database ${name}. Detail: pq: database "${name}" already exists.`
      : `Database user '${name}' cannot be created because a user exists with the same name.`;
  throw invalid(`Invalid request: ${detail}`);
}

/** terraform-google-sql-db#521, and `PasswordValidationPolicy` of the API. */
function checkPassword(settings: Json, user: string, password: string): void {
  const policy = object(settings['passwordValidationPolicy']);
  if (policy['enablePasswordPolicy'] !== true) return;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];
  const least = Number(policy['minLength'] ?? 0);
  const why =
    password.length < least
      ? `Length of password cannot be less than ${least}`
      : policy['complexity'] === 'COMPLEXITY_DEFAULT' && !kinds.every(kind => kind.test(password))
        ? 'Password is not complex enough'
        : policy['disallowUsernameSubstring'] === true && password.includes(user)
          ? 'Password contains the user name'
          : '';
  if (why !== '') throw invalid(`Invalid request: ${user}'s password is not policy compliant: ${why}.`);
}

function checkUser(owner: Instance, body: Json): void {
  const type = text(body['type']);
  if (!type.startsWith('CLOUD_IAM')) return;
  const name = text(body['name']);
  if (body['password'] !== undefined) throw invalid('Invalid request: IAM users cannot have a password.');
  if (type === 'CLOUD_IAM_SERVICE_ACCOUNT' && name.endsWith('.gserviceaccount.com')) {
    throw invalid(`Invalid request: ${name}: leave out .gserviceaccount.com.`);
  }
  const flags = (owner.json['settings'] as { databaseFlags?: readonly Json[] }).databaseFlags ?? [];
  if (!flags.some(flag => flag['name'] === 'cloudsql.iam_authentication' && flag['value'] === 'on')) {
    throw invalid('Invalid request: IAM database authentication is not enabled on this instance.');
  }
}

function present(all: ReadonlyMap<string, Json>, id: string): Json {
  const found = all.get(id);
  if (found === undefined) throw new GcpFault(404, 'notFound', 'Not Found');
  return found;
}

function seen(cloud: CloudState, instance: string, collection: string, body: Json): Json {
  const shown = Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'password'));
  if (collection === 'databases') return { ...databaseOf(cloud, instance, text(body['name'])), ...shown };
  return {
    iamStatus: 'IAM_STATUS_UNSPECIFIED',
    passwordPolicy: { status: {} },
    ...shown,
    kind: 'sql#user',
    host: '',
    instance,
    project: cloud.project,
    etag: 'abcdef0123A='
  };
}

function run(cloud: CloudState, instance: string, id: string, body: Json): Json {
  const at = cloud.now();
  return {
    ...body,
    kind: 'sql#backupRun',
    id,
    instance,
    type: 'ON_DEMAND',
    backupKind: 'SNAPSHOT',
    status: 'SUCCESSFUL',
    location: 'us',
    enqueuedTime: at,
    startTime: at,
    endTime: at
  };
}
