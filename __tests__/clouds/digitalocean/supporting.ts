import { REGIONS, SIZES, VERSIONS } from './catalogue.ts';
import { putTag } from './clusters.ts';
import { invalid, notFound } from './fault.ts';
import { clusterOf, type Json, text, type World } from './state.ts';

export function account(): Json {
  return {
    account: {
      droplet_limit: 25,
      floating_ip_limit: 5,
      email: 'keeper@example.com',
      name: 'Keeper',
      uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
      email_verified: true,
      status: 'active',
      status_message: '',
      team: { uuid: '5df3e3004a17e242b7c20ca6c9fc25b701a47ece', name: 'Shop' }
    }
  };
}

export function options(): Json {
  const layouts = [1, 2, 3].map(nodes => ({
    num_nodes: nodes,
    sizes: SIZES.filter(size => size.nodes.includes(nodes)).map(({ slug }) => slug)
  }));
  return { options: { pg: { regions: REGIONS, versions: VERSIONS, layouts } } };
}

export const tags = {
  list: (world: World): readonly Json[] => [...world.tags].map(name => shownTag(world, name)),
  create: (world: World, body: Json): Json => {
    const name = text(body['name']);
    if (!/^[a-z0-9_:-]{1,255}$/i.test(name)) throw invalid('invalid tag');
    // One tag for all spellings; that of whoever made it first is the only one by which it is found.
    const known = [...world.tags].find(one => one !== name && one.toLowerCase() === name.toLowerCase());
    if (known !== undefined) throw invalid(`tag ${known} already exists`);
    world.tags.add(name);
    return { tag: shownTag(world, name) };
  },
  remove: (world: World, tag: string): undefined => {
    if (!world.tags.delete(tag)) throw notFound('tag');
    for (const cluster of world.clusters.values()) cluster.tags = cluster.tags.filter(one => one !== tag);
  },
  assign: (world: World, tag: string, body: Json): undefined => {
    if (!world.tags.has(tag)) throw notFound('tag');
    for (const id of resourcesIn(body)) putTag(world, clusterOf(world, id), tag);
  },
  unassign: (world: World, tag: string, body: Json): undefined => {
    if (!world.tags.has(tag)) throw notFound('tag');
    for (const id of resourcesIn(body)) {
      const cluster = clusterOf(world, id);
      cluster.tags = cluster.tags.filter(one => one !== tag);
    }
  }
};

/** Replicas are not counted. */
function shownTag(world: World, name: string): Json {
  const count = [...world.clusters.values()].filter(cluster => cluster.tags.includes(name)).length;
  return { name, resources: { count, databases: { count } } };
}

function resourcesIn(body: Json): readonly string[] {
  const resources = (body['resources'] ?? []) as readonly Json[];
  return resources.filter(one => one['resource_type'] === 'database').map(one => String(one['resource_id']));
}

export const alerts = {
  list: (world: World): readonly Json[] => [...world.alerts.values()],
  create: (world: World, body: Json): Json => {
    const policy = { uuid: world.uuid(), ...body };
    world.alerts.set(policy.uuid, policy);
    return { policy };
  },
  put: (world: World, uuid: string, body: Json): Json => {
    if (!world.alerts.has(uuid)) throw notFound('alert policy');
    const policy = { uuid, ...body };
    world.alerts.set(uuid, policy);
    return { policy };
  },
  remove: (world: World, uuid: string): undefined => {
    if (!world.alerts.delete(uuid)) throw notFound('alert policy');
  }
};

export const projects = {
  list: (world: World): readonly Json[] =>
    [...world.projects.keys()].map((id, at) => ({
      id,
      owner_uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
      name: at === 0 ? 'first-project' : `project-${at + 1}`,
      description: '',
      purpose: 'Web Application',
      environment: 'Production',
      is_default: at === 0,
      created_at: world.now(),
      updated_at: world.now()
    })),
  resources: (world: World, id: string): readonly Json[] =>
    [...world.clusters.values()]
      .filter(cluster => cluster.project === id)
      .map(cluster => ({ urn: `do:dbaas:${cluster.id}`, assigned_at: world.now(), links: {}, status: 'ok' })),
  assign: (world: World, id: string, body: Json): Json => {
    if (!world.projects.has(id)) throw notFound('project');
    const urns = (body['resources'] ?? []) as readonly string[];
    for (const urn of urns) clusterOf(world, urn.split(':').at(-1) ?? '').project = id;
    return { resources: urns.map(urn => ({ urn, assigned_at: world.now(), links: {}, status: 'assigned' })) };
  }
};
