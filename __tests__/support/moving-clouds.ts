import type { FakeAws } from '../clouds/aws/fake-aws.ts';
import type { FakeAzure } from '../clouds/azure/fake-azure.ts';
import type { FakeDigitalOcean } from '../clouds/digitalocean/fake-digitalocean.ts';
import type { FakeGcp } from '../clouds/gcp/fake-gcp.ts';
import type { MovingIn } from './moves-in.ts';

type Moving = Omit<MovingIn, 'step' | 'github'>;

/** How `orders` moves in from each cloud, and one change that each can take. */
export function movingFromAws(aws: FakeAws): Moving {
  return {
    given: { cloud_provider: 'aws', name: 'orders' },
    change: { backup_retention_period: '21' },
    state: () => {
      const server = aws.state().instances.get('orders');
      return {
        ...server?.live,
        TagList: [],
        tags: server?.tags.tags.map(({ Key, Value }) => `${Key}=${Value}`).toSorted()
      };
    },
    mutations: () => aws.mutations().length,
    strip: () => {
      const server = aws.state().instances.get('orders');
      const kept = server?.tags.tags.filter(({ Key }) => !Key.startsWith('pgkeep'));
      if (server !== undefined) Object.assign(server.tags, { tags: kept, staleReads: 0 });
    }
  };
}

export function movingFromGcp(gcp: FakeGcp): Moving {
  return {
    given: { cloud_provider: 'gcp', name: 'orders' },
    change: { allocated_storage: '50' },
    state: () =>
      Object.fromEntries(
        [...gcp.state.instances].map(([name, { json, databases, users }]) => [
          name,
          { json, databases: [...databases.keys()], users: [...users.keys()] }
        ])
      ),
    mutations: () => gcp.mutations().length,
    strip: () => {
      for (const instance of gcp.state.instances.values()) {
        const settings = instance.json['settings'] as { readonly userLabels?: Readonly<Record<string, string>> };
        instance.json = { ...instance.json, settings: { ...settings, userLabels: without(settings.userLabels ?? {}) } };
      }
    }
  };
}

export function movingFromAzure(azure: FakeAzure): Moving {
  return {
    given: { cloud_provider: 'azure', name: 'orders', resource_group_name: 'shop', location: 'eastus' },
    change: { backup_retention_period: '21' },
    state: () => ({
      around: [...azure.state.around.keys()],
      ...Object.fromEntries(
        [...azure.state.servers.values()].map(({ name, tags, sku, properties, firewallRules, databases }) => [
          name,
          // The standby takes its time to be ready.
          {
            tags,
            sku,
            properties: { ...properties, highAvailability: null },
            rules: [...firewallRules.keys()],
            databases: [...databases.keys()]
          }
        ])
      )
    }),
    mutations: () => azure.mutations().length,
    strip: () => {
      for (const server of azure.state.servers.values()) server.tags = without(server.tags);
    }
  };
}

export function movingFromDigitalOcean(cloud: FakeDigitalOcean): Moving {
  return {
    given: { cloud_provider: 'digitalocean', name: 'orders' },
    change: { maintenance_window: 'mon:06:00-mon:07:00' },
    state: () => {
      const { tags, size, version, num_nodes, storage_size_mib, maintenance, rules, dbs, users, pools, replicas } =
        cloud.cluster('orders');
      const names = [dbs, users, pools, replicas].map(one => [...one.keys()]);
      return { tags, size, version, num_nodes, storage_size_mib, maintenance, rules, names };
    },
    mutations: () => cloud.mutations().length,
    strip: () => {
      const cluster = cloud.cluster('orders');
      cluster.tags = cluster.tags.filter(tag => !tag.startsWith('pgkeep'));
    }
  };
}

function without(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith('pgkeep')));
}
