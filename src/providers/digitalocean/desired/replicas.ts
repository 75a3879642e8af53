import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import { SERVER } from '../addresses.ts';
import { replicaName } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { replica } from '../resources/replica.ts';
import type { ServerFields } from '../resources/server/fields.ts';

/** Numbered replicas, and one in another region. Those with a number above the count are deleted, the highest first. */
export function desiredReplicas(
  { settings, target }: DigitalOceanContext,
  observed: readonly Observed[],
  server: Desired<ServerFields>
): readonly Desired[] {
  const count = replicaCount(settings);
  const elsewhere = settings.replica_region?.toLowerCase();
  const title = (address: string): string => `read replica ${replicaName(target.name, address)}`;
  const one = (address: string, region: FieldValue | undefined): Desired =>
    ensure(
      { settings: {} },
      replica,
      address,
      title(address),
      {
        region,
        size: server.fields.size,
        // Another region has other networks.
        private_network:
          region !== undefined || settings.vpc_id === undefined ? undefined : onCreateOnly(settings.vpc_id)
      },
      { dependsOn: [SERVER] }
    );
  const live = observed.flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? []).map(Number);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : live.filter(number => number > count).sort((a, b) => b - a);
  return [
    ...numbers.map(number => one(`replica/${number}`, undefined)),
    ...surplus.map(number => ensureAbsent(`replica/${number}`, replica.type, title(`replica/${number}`))),
    ...(elsewhere === undefined ? [] : [one(`replica/${elsewhere}`, elsewhere)])
  ];
}
