import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decide } from '../../src/review/approval.ts';
import { readRecord, recordName, type RecordedCheckRun } from '../../src/review/record.ts';
import { lines, type CloudRun, type CloudRunOptions } from './cloud-run.ts';

type Inputs = Readonly<Record<string, string>>;

/** A cloud as the marks of several versions are tried on it. */
export interface MarkedCloud {
  run(inputs: Inputs, options: CloudRunOptions): Promise<CloudRun>;
  readonly inputs: Inputs;
  /** Everything that carries a mark, written out: of each what its tags say. */
  marks(): readonly string[];
}

/** As marks of version 1 have it: no id. */
const V1: CloudRunOptions = {};
const V2: CloudRunOptions = { repositoryId: '8431', host: 'github.com' };

/** What the commands do: plan, apply, or rewrite the mark where nothing is to change. */
async function applied(cloud: MarkedCloud, options: CloudRunOptions): Promise<readonly string[]> {
  return lines((await (await cloud.run(cloud.inputs, options)).apply()).plan);
}

async function planned(cloud: MarkedCloud, options: CloudRunOptions) {
  const { plan } = await (await cloud.run(cloud.inputs, options)).plan();
  return { steps: lines(plan), codes: plan.notices.map(({ code }) => code), plan };
}

/** What came of a database of version 1, a line for each stage; the same on every cloud. */
export async function historyOf(cloud: MarkedCloud): Promise<Readonly<Record<string, unknown>>> {
  await applied(cloud, V1);
  const before = cloud.marks();
  const upgrade = await applied(cloud, V2);
  const after = cloud.marks();
  // Tags that were just written may be missing from the first read.
  await planned(cloud, V2);
  const renamed = { ...V2, repository: 'acme/store' };
  const first = await planned(cloud, renamed);
  await applied(cloud, renamed);
  await planned(cloud, renamed);
  const second = await planned(cloud, renamed);
  // A check of the cloud's own may refuse what is not ours before the plan does.
  const successor = await planned(cloud, { ...V2, repository: 'acme/store', repositoryId: '9999' }).then(
    ({ plan }) => plan.verdict,
    () => 'blocked'
  );
  return {
    'marks of version 1 hold an id': before.filter(mark => mark.includes('8431')),
    'the upgrade changes': upgrade,
    'marks without an id after it': after.filter(mark => !mark.includes('8431')),
    'after a rename a plan would change': first.steps,
    'and says': first.codes.includes('repository-renamed'),
    'after the next apply it says so': second.codes.includes('repository-renamed'),
    'marks with the old name': cloud.marks().filter(mark => /acme\W?\w*shop/.test(mark)),
    'a new repository of that name owns': successor
  };
}

/** As it has to be. */
export const KEPT = {
  'marks of version 1 hold an id': [],
  'the upgrade changes': [],
  'marks without an id after it': [],
  'after a rename a plan would change': [],
  'and says': true,
  'after the next apply it says so': false,
  'marks with the old name': [],
  'a new repository of that name owns': 'blocked'
};

type Tags = Readonly<Record<string, string>> | readonly string[];

/** What the version before mark version 2 left behind: files that it wrote, never to be written again. */
export interface StoredDatabase {
  /** With which it was applied, and with which a plan of it was recorded. */
  readonly inputs: Inputs;
  readonly change: Inputs;
  /** Everything that carries a mark, by the place in the fake's state, with all its tags. */
  readonly tags: Readonly<Record<string, Tags>>;
  /** The check run that the plan of `change` was recorded in. */
  readonly record: RecordedCheckRun & { readonly name: string };
}

export function storedDatabase(provider: string): StoredDatabase {
  const file = path.join('__tests__', 'fixtures', 'mark-version-1', `${provider}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as StoredDatabase;
}

/** What comes of a stored database under this version; the same on every cloud. `state` is all of the fake's. */
export async function laterOf(
  stored: StoredDatabase,
  run: MarkedCloud['run'],
  state: () => unknown
): Promise<Readonly<Record<string, unknown>>> {
  await (await run(stored.inputs, V1)).apply();
  const sets = markedSets(state());
  for (const set of sets) set.replace(stored.tags[set.path] ?? []);
  const marked = marksIn(state());
  const kept = await planned({ run, inputs: stored.inputs, marks: () => [] }, V2);
  const changed = await run({ ...stored.inputs, ...stored.change }, V2);
  const { plan } = await changed.plan();
  const record = readRecord(stored.record);
  const decision =
    record &&
    decide({
      demand: 'required',
      evidence: { kind: 'record', pullRequest: 7, record },
      plan,
      tables: changed.session.tables,
      sha: 'f00d'
    });
  const allowed = lines((await changed.apply()).plan);
  const after = marksIn(state()).filter(mark => !mark.includes('8431'));
  return {
    // Log groups of replicas came later.
    'places of marks': sets
      .map(set => set.path)
      .filter(place => stored.tags[place] !== undefined || !/logGroups.*-replica-/.test(place))
      .sort(),
    'marks of version 1': marked.filter(mark => mark.includes('8431') || !/acme/.test(mark)),
    'it is replaced or changed': kept.steps,
    verdict: kept.plan.verdict,
    'the name of the record': recordName(plan.target),
    'all steps of the record are read': record?.recorded.kind,
    'the record of the version before': decision?.kind,
    'the apply that it allows': allowed.map(line => line.replace(/: .*/, '')),
    'marks without an id after it': after.map(mark => mark.replace(/: .*/, '')).sort()
  };
}

/** As it has to be; `unwritable` are the places of marks that the cloud never changes. */
export function keptAs(stored: StoredDatabase, unwritable: readonly string[] = []): Readonly<Record<string, unknown>> {
  return {
    'places of marks': Object.keys(stored.tags).sort(),
    'marks of version 1': [],
    'it is replaced or changed': [],
    verdict: 'no-changes',
    'the name of the record': stored.record.name,
    'all steps of the record are read': 'full',
    'the record of the version before': 'approved',
    'the apply that it allows': ['update server'],
    'marks without an id after it': unwritable.toSorted()
  };
}

/** Tags or labels that hold a mark. */
interface MarkedSet {
  /** Where it lies in a fake's state, without what is counted up. */
  readonly path: string;
  readonly entries: readonly (readonly [string, unknown])[];
  /** Writes these tags instead, in the same place. */
  replace(tags: Tags): void;
}

/** What fakes number or draw by lot. */
const COUNTED = /(?<=sg-)[0-9a-f]+|(?<=:ab-)[a-z0-9]+|(?<=proxy-)[0-9a-f]{6}/g;
/** A fake keeps what its next reads still show. A rule keeps its mark: it belongs to its group. */
const UNCHANGED = ['old', 'stale', 'seen', 'rules'];

/** Every set of tags or labels below `state` that holds a mark. Tags are maps, objects, or lists. */
function markedSets(state: unknown): readonly MarkedSet[] {
  const found: MarkedSet[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const entries = entriesOf(value);
    if (entries.some(([key]) => /^pgkeep[:-](?:repository|origin)/.test(key))) {
      found.push({ path: place.replaceAll(COUNTED, '…'), entries, replace: tags => replaceAll(value, tags) });
    }
    for (const [key, inner] of entries) if (!UNCHANGED.includes(key)) visit(inner, `${place}/${key}`);
  };
  visit(state, '');
  return found;
}

/** Of a list: `{ Key, Value }` is a tag, a text is its own key, and everything else has its place. */
function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...(value as Map<string, unknown>)];
  if (!(value instanceof Set) && !Array.isArray(value)) return Object.entries(value);
  return [...(value as Iterable<unknown>)].map((one, at) => {
    const { Key, Value } = (one ?? {}) as { Key?: unknown; Value?: unknown };
    if (typeof Key === 'string') return [Key, Value];
    return typeof one === 'string' ? [one, one] : [String(at), one];
  });
}

function replaceAll(value: object, tags: Tags): void {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = Array.isArray(tags)
      ? tags
      : Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    value.splice(0, value.length, ...list);
  } else if (value instanceof Map) {
    value.clear();
    for (const [key, text] of Object.entries(tags)) value.set(key, text);
  } else if (value instanceof Set) {
    value.clear();
    for (const tag of Object.values(tags)) value.add(tag);
  } else {
    for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
    Object.assign(value, tags);
  }
}

/** Repository and origin of everything that is marked, a line each. */
export function marksIn(state: unknown): readonly string[] {
  return markedSets(state).map(({ path: place, entries }) => {
    const mark = entries.filter(([key]) => /^pgkeep[:-](?:repository|origin)/.test(key));
    return `${place}: ${mark.map(([key, text]) => `${key}=${String(text)}`).join(' ')}`;
  });
}
