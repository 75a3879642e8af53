import { defined } from '../../../../engine/defined.ts';
import { defineResource, type Observed } from '../../../../engine/resource.ts';
import { readOrNeeded } from '../../../observe-or-unknown.ts';
import { isRunnerRule } from '../../../runner-access.ts';
import { SERVER } from '../../addresses.ts';
import { ownershipOf } from '../../api/tags.ts';
import type { Cluster, Rule } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { autoscaleAt } from './autoscale.ts';
import { networksIn } from './convert.ts';
import { createCluster } from './create.ts';
import type { LiveCluster } from './field.ts';
import { liveValues, SERVER_KIND, type ServerFields, type ServerValues } from './fields.ts';
import { removeCluster } from './remove.ts';
import { sourcesOfOthers } from './trusted-sources.ts';
import { updateCluster } from './update.ts';

/** The PostgreSQL server: one database cluster. */
export const cluster = defineResource<DigitalOceanContext>()({
  ...SERVER_KIND,
  permissions: {
    observe: ['account:read', 'database:read', 'tag:read', 'vpc:read', 'project:read'],
    create: ['database:create', 'database:update', 'tag:create', 'tag:read', 'vpc:read'],
    update: ['database:update', 'tag:create', 'tag:read', 'tag:delete', 'project:assign_resource'],
    delete: ['database:delete']
  },
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    const [sources, growth] = await Promise.all([
      readOrNeeded(context, 'trusted sources', context.rules()),
      // Asked only where an input names it.
      context.settings.max_allocated_storage === undefined
        ? NOT_ASKED
        : readOrNeeded(context, 'growth of storage', autoscaleAt(context, live.id))
    ]);
    const rules = sources.value ?? [];
    const others = sourcesOfOthers(rules, context.settings.allowed_cidr_blocks ?? networksIn(rules));
    const own = rules.filter(rule => !others.includes(rule));
    const all = observed(context, { cluster: live, rules: own, autoscale: growth.value }, others);
    const unknown = defined({ ...all.unknown, trusted_sources: sources.needed, storage_autoscale: growth.needed });
    return [{ ...all, fields: withoutUnknown(all.fields, unknown), unknown }];
  },
  create: createCluster,
  update: updateCluster,
  remove: removeCluster
});

const NOT_ASKED = { value: undefined, needed: undefined } as const;

function withoutUnknown(fields: ServerValues, unknown: Readonly<Record<string, string>>): ServerValues {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => unknown[name] === undefined));
}

/** The server, as its outputs need it: without a call besides that for the cluster. */
export async function foundServer(context: DigitalOceanContext): Promise<readonly Observed<ServerFields>[]> {
  const live = await context.live();
  if (live === undefined) return [];
  return [{ ...observed(context, { cluster: live, rules: [], autoscale: undefined }, []), fields: {} }];
}

function observed(context: DigitalOceanContext, live: LiveCluster, others: readonly Rule[]): Observed<ServerFields> {
  const fields = liveValues(live);
  const { id, name, tags } = live.cluster;
  return {
    address: SERVER,
    type: SERVER_KIND.type,
    title: `server ${name}`,
    ownership: ownershipOf(tags ?? [], context.target),
    fields,
    unknown: unreadable(live.cluster),
    facts: {
      id,
      tags: [...(tags ?? [])],
      otherSources: others
        .filter(({ description }) => !isRunnerRule(description))
        .map(({ type, value }) => `${type} ${value}`)
    },
    isProtected: fields.deletion_protection === true,
    losesData: true,
    dependsOn: [],
    concurrencyGroup: SERVER
  };
}

/** Fields that DigitalOcean leaves out for this token, with the scope that shows them. */
function unreadable({
  private_network_uuid: network = '',
  project_id: project = ''
}: Cluster): Readonly<Record<string, string>> {
  return {
    ...(network === '' ? { private_network: 'vpc:read' } : {}),
    ...(project === '' ? { project: 'project:read' } : {})
  };
}
