import { NETWORKS, REGIONS, SIZES, VERSIONS } from './catalogue.ts';
import { putTag } from './clusters.ts';
import { invalid, notFound } from './fault.ts';
import { clusterOf, type Json, text, type CloudState } from './state.ts';

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

export function vpc(id: string): Json {
  const region = NETWORKS[id];
  if (region === undefined) throw notFound('vpc');
  const urn = `do:vpc:${id}`;
  const created = { created_at: '2025-01-01T00:00:00Z' };
  return { vpc: { id, urn, name: `default-${region}`, region, ip_range: '10.10.0.0/20', default: true, ...created } };
}

export const tags = {
  list: (cloud: CloudState): readonly Json[] => [...cloud.tags].map(name => shownTag(cloud, name)),
  get: (cloud: CloudState, tag: string): Json => {
    if (!cloud.tags.has(tag)) throw notFound('tag');
    return { tag: shownTag(cloud, tag) };
  },
  create: (cloud: CloudState, body: Json): Json => {
    const name = text(body['name']);
    if (!/^[a-z0-9_:-]{1,255}$/i.test(name)) throw invalid('invalid tag');
    // One tag for all spellings; it is found only by the spelling that it was created with.
    const known = [...cloud.tags].find(one => one !== name && one.toLowerCase() === name.toLowerCase());
    if (known !== undefined) throw invalid(`tag ${known} already exists`);
    cloud.tags.add(name);
    return { tag: shownTag(cloud, name) };
  },
  remove: (cloud: CloudState, tag: string): undefined => {
    if (!cloud.tags.delete(tag)) throw notFound('tag');
    for (const cluster of cloud.clusters.values()) cluster.tags = cluster.tags.filter(one => one !== tag);
  },
  assign: (cloud: CloudState, tag: string, body: Json): undefined => {
    if (!cloud.tags.has(tag)) throw notFound('tag');
    for (const id of resourcesIn(body)) putTag(cloud, clusterOf(cloud, id), tag);
  },
  unassign: (cloud: CloudState, tag: string, body: Json): undefined => {
    if (!cloud.tags.has(tag)) throw notFound('tag');
    for (const id of resourcesIn(body)) {
      const cluster = clusterOf(cloud, id);
      cluster.tags = cluster.tags.filter(one => one !== tag);
    }
  }
};

/** Replicas are not counted. */
function shownTag(cloud: CloudState, name: string): Json {
  const count = [...cloud.clusters.values()].filter(cluster => cluster.tags.includes(name)).length;
  return { name, resources: { count, databases: { count } } };
}

function resourcesIn(body: Json): readonly string[] {
  const resources = (body['resources'] ?? []) as readonly Json[];
  return resources.filter(one => one['resource_type'] === 'database').map(one => String(one['resource_id']));
}

export const alerts = {
  list: (cloud: CloudState): readonly Json[] => [...cloud.alerts.values()],
  create: (cloud: CloudState, body: Json): Json => {
    const policy = { uuid: cloud.uuid(), ...body };
    cloud.alerts.set(policy.uuid, policy);
    return { policy };
  },
  put: (cloud: CloudState, uuid: string, body: Json): Json => {
    if (!cloud.alerts.has(uuid)) throw notFound('alert policy');
    const policy = { uuid, ...body };
    cloud.alerts.set(uuid, policy);
    return { policy };
  },
  remove: (cloud: CloudState, uuid: string): undefined => {
    if (!cloud.alerts.delete(uuid)) throw notFound('alert policy');
  }
};

export const projects = {
  list: (cloud: CloudState): readonly Json[] => [...cloud.projects.keys()].map((id, at) => shownProject(cloud, id, at)),
  get: (cloud: CloudState, id: string): Json => {
    const at = [...cloud.projects.keys()].indexOf(id);
    if (at === -1) throw notFound('project');
    return { project: shownProject(cloud, id, at) };
  },
  resources: (cloud: CloudState, id: string): readonly Json[] =>
    [...cloud.clusters.values()]
      .filter(cluster => cluster.project === id)
      .map(cluster => ({ urn: `do:dbaas:${cluster.id}`, assigned_at: cloud.now(), links: {}, status: 'ok' })),
  assign: (cloud: CloudState, id: string, body: Json): Json => {
    if (!cloud.projects.has(id)) throw notFound('project');
    const urns = (body['resources'] ?? []) as readonly string[];
    for (const urn of urns) clusterOf(cloud, urn.split(':').at(-1) ?? '').project = id;
    return { resources: urns.map(urn => ({ urn, assigned_at: cloud.now(), links: {}, status: 'assigned' })) };
  }
};

function shownProject(cloud: CloudState, id: string, at: number): Json {
  return {
    id,
    owner_uuid: 'b6fr89dbf6d9156cace5f3c78dc9851d957381ef',
    name: at === 0 ? 'first-project' : `project-${at + 1}`,
    description: '',
    purpose: 'Web Application',
    environment: 'Production',
    is_default: at === 0,
    created_at: cloud.now(),
    updated_at: cloud.now()
  };
}
