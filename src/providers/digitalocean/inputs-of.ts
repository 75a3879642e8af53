import { defined } from '../../engine/defined.ts';
import { stringOf, textOf, textsOf } from '../../engine/value.ts';
import type { Observed } from '../../engine/resource.ts';
import type { ImportedInputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { hourWindow } from '../hour-window.ts';
import { leftAlone, type LeftAlone } from '../left-alone.ts';
import { DOADMIN, replicaName } from './api/names.ts';
import { DEFAULT_DATABASE } from './resources/database.ts';
import { sinksOf } from './resources/log-sink.ts';
import type { DigitalOceanContext } from './context.ts';

/**
 * Where the cluster is, and its replicas in the same region. Throws where these can't be listed: without them, the
 * inputs are not those of this cluster.
 */
export async function inputsOf(context: DigitalOceanContext, observed: readonly Observed[]): Promise<ImportedInputs> {
  await context.replicas();
  const server = observed.find(({ address }) => address === SERVER);
  const region = stringOf(server?.fields['region']);
  const nodes = Number(server?.fields['num_nodes']);
  const gib = Number(server?.fields['storage_size_mib']) / 1024;
  // The input is for all of them, and a replica may be smaller.
  const isSameOnReplicas = observed.every(
    ({ type, fields }) => type !== 'replica' || fields['storage_size_mib'] === server?.fields['storage_size_mib']
  );
  const replicas = observed
    .filter(({ type, fields }) => type === 'replica' && fields['region'] === region)
    .flatMap(({ facts }) => stringOf(facts['name']) ?? [])
    .toSorted();
  const numbered = replicas.map((_, at) => replicaName(context.target.name, `replica/${at + 1}`));
  return {
    left: server === undefined ? [] : await leftIn(context, server),
    place: defined({ digitalocean_region: region }),
    // Both are pinned in their own forms.
    usual: { allocated_storage: /./, multi_az: /./ },
    pinned: defined({
      // In the units and forms of the inputs, which no field of the cluster has.
      num_nodes: nodes > 1 ? String(nodes) : undefined,
      allocated_storage: Number.isInteger(gib) && gib > 0 && isSameOnReplicas ? String(gib) : undefined,
      maintenance_window: hourWindow(stringOf(server?.fields['maintenance_window'])),
      ...(replicas.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(replicas.length) }),
      replica_names: replicas.every(name => numbered.includes(name)) ? undefined : replicas.join('\n')
    })
  };
}

/** What every cluster has. */
const OWN = { dbs: [DEFAULT_DATABASE], users: [DOADMIN] };

async function leftIn(context: DigitalOceanContext, { facts }: Observed): Promise<readonly LeftAlone[]> {
  const named = async (part: 'dbs' | 'users'): Promise<readonly string[]> => {
    const path = `/databases/${textOf(facts['id'])}/${part}`;
    const answer = await context.api.rest<Partial<Record<string, readonly { readonly name: string }[]>>>('GET', path);
    return (answer[part] ?? []).map(({ name }) => name).filter(name => !OWN[part].includes(name));
  };
  const lists = await Promise.all([
    leftAlone({ what: 'trusted sources', input: 'allowed_cidr_blocks' }, async () => {
      // Where the list could not be read, none are known.
      await context.rules();
      return textsOf(facts['otherSources']);
    }),
    leftAlone({ what: 'connection pools', input: 'pool_name' }, async () =>
      (await context.pools()).map(({ name }) => name)
    ),
    leftAlone({ what: 'log sinks', input: 'log_sink_name' }, async () =>
      (await sinksOf(context, textOf(facts['id']))).flatMap(({ sink_name: name }) => name ?? [])
    ),
    leftAlone({ what: 'databases', input: 'databases', isWithin: true }, async () => named('dbs')),
    leftAlone({ what: 'users', input: 'roles', isWithin: true }, async () => named('users'))
  ]);
  return lists.flat();
}
