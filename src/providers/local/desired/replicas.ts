import type { Desired, Observed } from '../../../engine/resource.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { ensure, ensureAbsent } from '../../desired-resources.ts';
import { REPLICA, replicaAddress, SERVER } from '../addresses.ts';
import type { LocalContext } from '../context.ts';
import { replica } from '../resources/replica.ts';
import { type ServerFields } from '../resources/server/fields.ts';

/** Numbered replicas, with the server's parameters. Those with a number above the count are deleted. */
export function desiredReplicas(
  { settings, spec }: LocalContext,
  observed: readonly Observed[],
  server: Desired<ServerFields>
): readonly Desired[] {
  const count = replicaCount(settings);
  if (count === undefined) return [];
  const live = observed.filter(resource => resource.type === REPLICA).length;
  const parameters = Object.fromEntries(
    Object.entries(server.fields).filter(([name]) => name.startsWith('parameters.'))
  );
  const complete = settings.parameters === undefined ? [] : ['parameters'];
  return Array.from({ length: Math.max(count, live) }, (_, index) => index + 1).map(number => {
    const address = replicaAddress(number);
    const title = `read replica ${number} of ${spec.name}`;
    return number > count
      ? ensureAbsent(address, REPLICA, title)
      : ensure(
          { settings: {} },
          replica,
          address,
          title,
          { status: 'running', ...parameters },
          {
            dependsOn: [SERVER],
            complete
          }
        );
  });
}
