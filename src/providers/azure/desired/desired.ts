import type { Server } from '@azure/arm-postgresql-flexible';
import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Problem } from '../../../spec/problem.ts';
import { orderReplicas } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import { asSpelled } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import type { ServerTable } from '../resources/server/fields.ts';
import type { Lookups } from './look-up.ts';
import { desiredReplicas } from './replicas.ts';
import { desiredServer } from './server.ts';
import { desiredSupporting } from './supporting.ts';
import { versionOf } from './version.ts';

/** The spec in Azure's resources, with what Azure would refuse of it. */
export interface Translation {
  readonly server: Desired<ServerTable>;
  readonly desired: readonly Desired[];
  readonly problems: readonly Problem[];
}

/** The spec in Azure's resources. Asks nothing. */
export function desired(context: AzureContext, observed: readonly Observed[], lookups: Lookups): readonly Desired[] {
  return translate(context, observed, lookups).desired;
}

/** The same, with the problems that show only in the translation. Asks nothing. */
export function translate(context: AzureContext, observed: readonly Observed[], lookups: Lookups): Translation {
  const { live, restore, configurations, others } = lookups;
  const base = live ?? restore?.live;
  const server = desiredServer(context, live, restore, versionOf(context, base));
  const replicas = desiredReplicas(context, observed, server, live);
  const supporting = desiredSupporting(context, observed, {
    live,
    configurations,
    others,
    major: majorOf(server.fields.engine_version?.value, base),
    replicas: replicas.desired
  });
  return {
    server,
    desired: orderReplicas(
      [server, ...supporting.desired].map(one =>
        asSpelled(
          one,
          observed.find(({ address }) => address === one.address)
        )
      ),
      observed,
      SERVER,
      replicas.direction
    ),
    problems: [...replicas.problems, ...supporting.problems]
  };
}

function majorOf(wanted: FieldValue | undefined, live: Server | undefined): number {
  const version = typeof wanted === 'string' ? wanted : live?.version;
  return version === undefined ? DEFAULT_MAJOR : Number.parseInt(version, 10);
}
