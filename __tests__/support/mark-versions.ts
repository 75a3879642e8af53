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
  // Tags that were written a moment ago may not be seen by the first look.
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

/** Of a list: `{ Key, Value }` is a tag, and a text is its own key. */
function entryOf(one: unknown): readonly [string, unknown] {
  const { Key, Value } = (one ?? {}) as { Key?: unknown; Value?: unknown };
  return typeof Key === 'string' ? [Key, Value] : [String(one), one];
}

/**
 * Repository and origin in every set of tags or labels below `state`, one text for each set that holds a mark. Tags are maps,
 * objects, or lists of texts.
 */
export function marksIn(state: unknown): readonly string[] {
  const found: string[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const entries: readonly (readonly [string, unknown])[] =
      value instanceof Map
        ? [...(value as Map<string, unknown>)]
        : value instanceof Set || Array.isArray(value)
          ? [...(value as Iterable<unknown>)].map(entryOf)
          : Object.entries(value);
    const mark = entries.filter(([key]) => /^pgkeep[:-](?:repository|origin)/.test(key));
    if (mark.length > 0) found.push(`${path}: ${mark.map(([key, text]) => `${key}=${String(text)}`).join(' ')}`);
    // A fake keeps what its next reads still show. A rule keeps its mark: it belongs to its group.
    for (const [key, inner] of entries)
      if (!['old', 'stale', 'rules'].includes(key)) visit(inner, `${path}/${key.slice(0, 40)}`);
  };
  visit(state, '');
  return found;
}
