import { GcpFault } from './fault.ts';
import { merged, text, type Json } from './json.ts';
import { databaseOf } from './instances.ts';
import { begin, pass } from './operations.ts';
import { instanceOf, type Instance, type World } from './world.ts';

export interface Inside {
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
export function inside(world: World, { instance, collection, id, method, body }: Inside): Json {
  const owner = instanceOf(world, instance);
  const about = COLLECTIONS[collection];
  if (about === undefined) throw new GcpFault(404, 'notFound', 'Not Found');
  const all = about.of(owner);
  if (method === 'GET') {
    pass(world, instance);
    if (id === undefined) return { kind: about.kind, items: [...all.values()] };
    return present(all, id);
  }
  if (method === 'DELETE') {
    present(all, id ?? '');
    return begin(world, instance, `DELETE_${about.word}`, () => all.delete(id ?? ''));
  }
  if (method === 'POST') {
    const name = collection === 'backupRuns' ? String(1_700_000_000_000 + world.number()) : text(body['name']);
    if (all.has(name) && collection === 'databases') {
      throw new GcpFault(
        400,
        'invalid',
        `Invalid request: failed to create database ${name}. Detail: pq: database "${name}" already exists.`
      );
    }
    const made =
      collection === 'backupRuns' ? run(world, instance, name, body) : seen(world, instance, collection, body);
    const type = collection === 'backupRuns' ? 'BACKUP_VOLUME' : `CREATE_${about.word}`;
    const answer = begin(world, instance, type, () => all.set(name, made));
    return collection === 'backupRuns'
      ? { ...answer, backupContext: { kind: 'sql#backupContext', backupId: name } }
      : answer;
  }
  const before = collection === 'users' ? (all.get(id ?? '') ?? {}) : present(all, id ?? '');
  const made = merged(before, seen(world, instance, collection, { ...body, name: id }));
  return begin(world, instance, `UPDATE_${about.word}`, () => all.set(id ?? '', made));
}

function present(all: ReadonlyMap<string, Json>, id: string): Json {
  const found = all.get(id);
  if (found === undefined) throw new GcpFault(404, 'notFound', 'Not Found');
  return found;
}

function seen(world: World, instance: string, collection: string, body: Json): Json {
  const shown = Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'password'));
  if (collection === 'databases') return { ...databaseOf(world, instance, text(body['name'])), ...shown };
  return { ...shown, kind: 'sql#user', host: '', instance, project: world.project, etag: 'abcdef0123A=' };
}

function run(world: World, instance: string, id: string, body: Json): Json {
  const at = world.now();
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
