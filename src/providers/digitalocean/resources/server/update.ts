import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, textsOf } from '../../../../engine/value.ts';
import { isFailure } from '../../../failures.ts';
import { checkStorage, waitForCluster, whenOnline } from './wait.ts';
import { maintenanceOf } from './convert.ts';
import { protectionTags, markTags, tagOf } from '../../api/tags.ts';
import { replaceSources } from './trusted-sources.ts';
import { addTags, dropTags } from '../../api/tagging.ts';
import type { Cluster, DigitalOceanContext } from '../../context.ts';

/** Grows by what DigitalOcean takes unless told otherwise, before the disk is full. */
export const AUTOSCALE = { storage: { enabled: true, threshold_percent: 80, increment_gib: 10 } } as const;

/** Sends what changes, one call for each kind, a resize before an upgrade, and waits after those that take a while. All may be repeated. */
export async function updateCluster(context: DigitalOceanContext, work: Work): Promise<Facts> {
  const { values, observed } = work;
  const facts = observed?.facts ?? {};
  const id = textOf(facts['id']);
  const path = `/databases/${id}`;
  const changed = (field: string): boolean => work.changes.some(change => change.field === field);
  const { name } = context.target;
  const whenIdle = async (send: () => Promise<unknown>): Promise<unknown> =>
    whenOnline(context, work.execution, id, send);
  const put = async (what: string, body: unknown): Promise<unknown> =>
    whenIdle(async () => context.api.rest('PUT', `${path}/${what}`, body));
  /** What takes a while. Begun by a run that ended, or whose answer was lost, it is refused a second time: then it has to be there. */
  const go = async (what: string, body: unknown, isThere: (live: Cluster) => boolean): Promise<Cluster> => {
    try {
      await put(what, body);
    } catch (thrown) {
      if (!isFailure(thrown, 'invalid')) throw thrown;
      if (!isThere(await waitForCluster(context, id, `${what} ${name}`))) throw thrown;
    }
    return waitForCluster(context, id, `${what} ${name}`, isThere);
  };

  if (changed('state')) await waitForCluster(context, id, `wait for ${name}`);
  await retag(context, work, id);
  if (changed('trusted_sources')) {
    const networks = (values['trusted_sources'] ?? []) as readonly string[];
    await whenIdle(async () => replaceSources(context, id, networks));
  }
  if (changed('size') || changed('num_nodes') || changed('storage_size_mib')) {
    const [size, nodes] = [values['size'] ?? facts['size'], values['num_nodes'] ?? facts['num_nodes']];
    const storage = changed('storage_size_mib') ? values['storage_size_mib'] : undefined;
    const resized = await go(
      'resize',
      defined({ size, num_nodes: nodes, storage_size_mib: storage }),
      live =>
        live.size === size && live.num_nodes === nodes && (live.storage_size_mib ?? Infinity) >= Number(storage ?? 0)
    );
    checkStorage(context, resized, storage);
  }
  const { region, engine_version: version } = values;
  if (changed('region')) await go('migrate', { region }, live => live.region === region);
  if (changed('engine_version')) await go('upgrade', { version }, live => live.version?.split('.')[0] === version);
  if (changed('storage_autoscale')) {
    const storage = values['storage_autoscale'] === true ? AUTOSCALE.storage : { enabled: false };
    await put('autoscale', { storage });
  }
  if (changed('project')) {
    const project = encodeURIComponent(textOf(values['project']));
    const resources = [`do:dbaas:${id}`];
    await whenIdle(async () => context.api.rest('POST', `/projects/${project}/resources`, { resources }));
  }
  const window = values['maintenance_window'];
  if (changed('maintenance_window') && typeof window === 'string') await put('maintenance', maintenanceOf(window));
  return { id };
}

async function retag(context: DigitalOceanContext, work: Work, id: string): Promise<void> {
  const drop: string[] = [];
  const put: string[] = work.observed?.ownership.kind === 'unmarked' ? [...markTags(work.mark)] : [];
  for (const { field, from } of work.changes) {
    const value = work.values[field];
    if (field === 'deletion_protection') (value === true ? put : drop).push(...protectionTags(true));
    if (!field.startsWith('tags.')) continue;
    const key = field.slice('tags.'.length);
    if (typeof from === 'string') drop.push(tagOf(key, from));
    if (typeof value === 'string') put.push(tagOf(key, value));
  }
  await addTags(context, id, put);
  await dropTags(context, id, spelledAs(textsOf(work.observed?.facts['tags']), drop));
}

/** Tags in the spelling that they have there: whoever made one first decided its capitals. */
function spelledAs(live: readonly string[], tags: readonly string[]): readonly string[] {
  return tags.map(tag => live.find(one => one.toLowerCase() === tag) ?? tag);
}
