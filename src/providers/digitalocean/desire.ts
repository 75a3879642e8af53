import type { FieldValue } from '../../engine/value.ts';
import type { Wanted } from '../../engine/resource.ts';
import { DEFAULT_MAJOR } from '../../postgres/major.ts';
import { refuseProblems, type Problem } from '../../spec/problem.ts';
import type { Wish } from '../provider.ts';
import { present, unmanaged } from '../wishing.ts';
import { network, windowStart } from './digitalocean-convert.ts';
import { databaseAddress, SERVER } from './digitalocean-names.ts';
import { cleanTags } from './digitalocean-tags.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { slugOf } from './sizes.ts';

/** Made where nobody says otherwise. */
const DEFAULTS = { size: 'db-s-1vcpu-1gb', maintenance: 'sun:04:00' } as const;

/** What the inputs mean on DigitalOcean. Throws `input-invalid` where a new cluster would have no region or no trusted sources. */
export async function desire(world: DoWorld): Promise<Wish> {
  const { settings } = world;
  const live = await world.live();
  const networks = settings.allowed_cidr_blocks;
  refuseProblems(live === undefined ? missing(world) : []);

  const given = (value: FieldValue | undefined, otherwise?: FieldValue): FieldValue | Wanted | undefined =>
    value ?? (otherwise === undefined ? undefined : unmanaged(otherwise));
  const nodes = settings.multi_az === undefined ? undefined : settings.multi_az ? 2 : 1;
  const size = settings.instance_class === undefined ? undefined : slugOf(settings.instance_class);
  const window = settings.maintenance_window;
  const fields: Readonly<Record<string, FieldValue | Wanted | undefined>> = {
    state: 'online',
    engine_version: given(settings.engine_version?.split('.')[0], String(DEFAULT_MAJOR)),
    // The smallest size can't have a standby.
    size: given(size, nodes === 2 ? 'db-s-1vcpu-2gb' : DEFAULTS.size),
    num_nodes: given(nodes !== undefined && nodes === 2 && (live?.num_nodes ?? 0) > 2 ? live?.num_nodes : nodes, 1),
    storage_size_mib: given(settings.allocated_storage === undefined ? undefined : settings.allocated_storage * 1024),
    region: given(settings.digitalocean_region),
    private_network: given(settings.vpc_id),
    maintenance_window: given(window === undefined ? undefined : windowStart(window), DEFAULTS.maintenance),
    trusted_sources: given(networks?.map(network)),
    deletion_protection: given(settings.enable_deletion_protection, false)
  };
  const values = Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]))
  );
  const tagged = { settings: settings.tags === undefined ? settings : { ...settings, tags: cleanTags(settings.tags) } };
  const server = present(tagged, SERVER, 'server', `server ${world.target.name}`, values);
  const name = settings.database_name;
  const { tags: _, ...untagged } = settings;
  const inside =
    name === undefined
      ? []
      : [
          present(
            { settings: untagged },
            databaseAddress(name),
            'database',
            `database ${name}`,
            { name },
            {
              dependsOn: [SERVER],
              lane: SERVER
            }
          )
        ];
  return { desired: [server, ...inside], notices: [] };
}

function missing({ settings }: DoWorld): readonly Problem[] {
  const problems: Problem[] = [];
  if (settings.digitalocean_region === undefined) {
    problems.push({ input: 'digitalocean_region', why: 'is needed for a new database', allowed: 'such as `nyc3`' });
  }
  if (settings.allowed_cidr_blocks === undefined && settings.publicly_accessible !== true) {
    problems.push({
      input: 'allowed_cidr_blocks',
      why: 'is needed for a new database: without trusted sources it is open to the world',
      allowed: 'one network at least, or `publicly_accessible: true`'
    });
  }
  return problems;
}
