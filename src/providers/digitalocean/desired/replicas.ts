import { isRemembered } from '../../../engine/own-tags.ts';
import type { Ownership } from '../../../engine/ownership.ts';
import type { Desired, FieldName, Observed, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import { numberedAddress, replicaNumbers } from '../../numbered-replicas.ts';
import { largerOf } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import { replicaName } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { replica } from '../resources/replica.ts';
import type { ServerFields } from '../resources/server/fields.ts';

/**
 * Numbered replicas, and one in another region. Size, storage and network that no input names come from the live
 * cluster. Replicas with a number above the count are deleted, the highest first.
 */
export function desiredReplicas(
  { settings, target }: DigitalOceanContext,
  observed: readonly Observed[],
  server: Desired<ServerFields>
): readonly Desired[] {
  const live = observed.find((one): one is Observed<ServerFields> => one.address === SERVER);
  const title = (address: string): string => titleAt({ settings, target }, address);
  const [size, storage, network, sources] = INHERITED.map(field => inherited(field, server, live));
  const isLive = (address: string): boolean => observed.some(one => one.address === address);
  const isOpen = (address: string): boolean =>
    observed.some(one => one.address === address && one.facts['isOpen'] === true && isMadeHere(one, live?.ownership));
  const one = (address: string, region: FieldValue | undefined): Desired =>
    ensure(
      { settings: {} },
      replica,
      address,
      title(address),
      // Another region has other networks.
      {
        size,
        storage_size_mib: isLive(address) ? storage : largerOf(storage, live?.fields.storage_size_mib),
        region,
        private_network: region !== undefined || !network ? undefined : onCreateOnly(network.value),
        // One whose run ended before it had any is open to everyone.
        trusted_sources: isOpen(address) ? sources?.value : sources
      },
      { dependsOn: [SERVER] }
    );
  const { wanted, surplus } = replicaNumbers(settings, observed);
  const elsewhere = settings.replica_region?.toLowerCase();
  return [
    ...wanted.map(number => one(numberedAddress(number), undefined)),
    ...surplus.map(numberedAddress).map(address => ensureAbsent(address, replica.type, title(address))),
    ...(elsewhere === undefined ? [] : [one(`replica/${elsewhere}`, elsewhere)])
  ];
}

/** The replicas that the inputs ask for. */
export function wantedReplicas(
  context: Pick<DigitalOceanContext, 'settings' | 'target'>
): readonly Pick<Desired, 'address' | 'title'>[] {
  const elsewhere = context.settings.replica_region?.toLowerCase();
  const addresses = replicaNumbers(context.settings, []).wanted.map(numberedAddress);
  return [...addresses, ...(elsewhere === undefined ? [] : [`replica/${elsewhere}`])].map(address => ({
    address,
    title: titleAt(context, address)
  }));
}

function titleAt({ settings, target }: Pick<DigitalOceanContext, 'settings' | 'target'>, address: string): string {
  return `read replica ${replicaName(target.name, address, settings.replica_names)}`;
}

/** Not by others: an adoption changes nothing, and a notice tells that such a replica is open. */
function isMadeHere({ ownership, title }: Observed, ofServer: Ownership | undefined): boolean {
  return ownership.kind === 'ours' && !isRemembered(ofServer?.kind === 'ours' ? ofServer.mark : undefined, title);
}

/** The fields of the server that a new replica takes where no input names them. */
export const INHERITED = ['size', 'storage_size_mib', 'private_network', 'trusted_sources'] as const;

/** What an input asks of the server, or else the live value of the server, for replicas that are created. */
function inherited(
  field: FieldName<ServerFields>,
  server: Desired<ServerFields>,
  live: Observed<ServerFields> | undefined
): Wanted | undefined {
  const wanted: Wanted | undefined = server.fields[field];
  const now = live?.fields[field];
  return wanted?.managed === true || now === undefined || now === null ? wanted : onCreateOnly(now);
}
