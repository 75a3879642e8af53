import type { Facts, Work } from '../../engine/resource.ts';
import { textOf } from '../../engine/value.ts';
import { settled } from '../answers.ts';
import { waitForCluster, whenOnline } from './cluster-wait.ts';
import { maintenanceOf, rulesOf } from './digitalocean-convert.ts';
import { guardTags, markTags, tagOf } from './digitalocean-tags.ts';
import type { DoWorld } from './digitalocean-world.ts';

/** Grows by what DigitalOcean takes unless told otherwise, before the disk is full. */
export const AUTOSCALE = { storage: { enabled: true, threshold_percent: 80, increment_gib: 10 } } as const;

/** Sends what changes, one call for each kind, a resize before an upgrade, and waits after those that take a while. All may be repeated. */
export async function updateCluster(world: DoWorld, work: Work): Promise<Facts> {
  const { values, observed } = work;
  const facts = observed?.facts ?? {};
  const id = textOf(facts['id']);
  const path = `/databases/${id}`;
  const changed = (field: string): boolean => work.changes.some(change => change.field === field);
  const { name } = world.target;
  const put = async (what: string, body: unknown): Promise<unknown> =>
    whenOnline(world, work.context, id, async () => world.api.rest('PUT', `${path}/${what}`, body));

  await retag(world, work, id);
  if (changed('trusted_sources')) {
    const networks = (values['trusted_sources'] ?? []) as readonly string[];
    const others = (facts['otherRules'] ?? []) as readonly unknown[];
    await world.api.rest('PUT', `${path}/firewall`, { rules: [...others, ...rulesOf(networks)] });
  }
  if (changed('state')) await waitForCluster(world, id, `wait for ${name}`);
  if (changed('size') || changed('num_nodes') || changed('storage_size_mib')) {
    await put('resize', {
      size: values['size'] ?? facts['size'],
      num_nodes: values['num_nodes'] ?? facts['num_nodes'],
      ...(changed('storage_size_mib') ? { storage_size_mib: values['storage_size_mib'] } : {})
    });
    await waitForCluster(world, id, `resize ${name}`);
  }
  if (changed('region')) {
    await put('migrate', { region: values['region'] });
    await waitForCluster(world, id, `migrate ${name}`);
  }
  if (changed('engine_version')) {
    await put('upgrade', { version: values['engine_version'] });
    await waitForCluster(world, id, `upgrade ${name}`);
  }
  if (changed('storage_autoscale')) {
    const storage = values['storage_autoscale'] === true ? AUTOSCALE.storage : { enabled: false };
    await world.api.rest('PUT', `${path}/autoscale`, { storage });
  }
  if (changed('project')) {
    const project = encodeURIComponent(textOf(values['project']));
    await world.api.rest('POST', `/projects/${project}/resources`, { resources: [`do:dbaas:${id}`] });
  }
  const window = values['maintenance_window'];
  if (changed('maintenance_window') && typeof window === 'string') {
    await world.api.rest('PUT', `${path}/maintenance`, maintenanceOf(window));
  }
  return { id };
}

async function retag(world: DoWorld, work: Work, id: string): Promise<void> {
  const drop: string[] = [];
  const put: string[] = work.observed?.ownership.kind === 'unmarked' ? [...markTags(work.mark)] : [];
  for (const { field, from } of work.changes) {
    const value = work.values[field];
    if (field === 'deletion_protection') (value === true ? put : drop).push(...guardTags(true));
    if (!field.startsWith('tags.')) continue;
    const key = field.slice('tags.'.length);
    if (typeof from === 'string') drop.push(tagOf(key, from));
    if (typeof value === 'string') put.push(tagOf(key, value));
  }
  await addTags(world, id, put);
  await dropTags(world, id, drop);
}

/** Puts tags on a cluster; those that are there already stay. */
export async function addTags({ api }: DoWorld, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await settled(['already-exists'], api.rest('POST', '/tags', { name: tag }));
    await api.rest('POST', `/tags/${encodeURIComponent(tag)}/resources`, resources(id));
  }
}

/** Takes tags off a cluster. The tags themselves stay: others may use them. */
export async function dropTags({ api }: DoWorld, id: string, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await settled(['not-found'], api.rest('DELETE', `/tags/${encodeURIComponent(tag)}/resources`, resources(id)));
  }
}

function resources(id: string): unknown {
  return { resources: [{ resource_id: id, resource_type: 'database' }] };
}
