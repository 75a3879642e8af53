import type { Server } from '@azure/arm-postgresql-flexible';
import type { Desired, Observed } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { ensureAbsent, ensure } from '../../desired-resources.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import type { AzureContext } from '../context.ts';
import { replica as kind, REPLICA_FIELDS, replicaTitle } from '../resources/replica.ts';
import { serverValues, type ServerTable } from '../resources/server/fields.ts';
import { compareSizes } from '../api/sku.ts';

/** The replicas that the spec asks for, and what they mean for their server. */
export interface Replicas {
  readonly desired: readonly Desired[];
  /** Addresses of the replicas that change before their server. */
  readonly before: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Numbered replicas, and one in another region. Numbers above the count are removed, the highest first. A replica may never be smaller
 * than its server: replicas grow before it and shrink after it.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#scale
 */
export function desiredReplicas(
  context: AzureContext,
  observed: readonly Observed[],
  server: Desired<ServerTable>,
  live: Server | undefined
): Replicas {
  const there = observed.filter(one => one.type === 'replica');
  const isLive = (address: string): boolean => there.some(one => one.address === address);
  const change = live === undefined ? NONE : changeOf(server, live);
  const one = (address: string): Desired => {
    const shared = REPLICA_FIELDS.flatMap(name => {
      const wanted = server.fields[name];
      // A new replica becomes ready without help.
      return wanted === undefined || (name === 'state' && !isLive(address)) ? [] : [[name, wanted] as const];
    });
    const dependsOn = change.grows.length > 0 && isLive(address) ? [] : [SERVER];
    const title = replicaTitle(context, address);
    return ensure(context, kind, address, title, Object.fromEntries(shared), {
      dependsOn,
      concurrencyGroup: SERVER_GROUP
    });
  };
  const desired = [...wantedReplicas(context).map(one), ...surplus(context, there)];
  const kept = desired.filter(({ presence, address }) => presence === 'present' && isLive(address));
  const left = there.filter(({ address }) => !desired.some(other => other.address === address));
  return {
    desired,
    before: change.grows.length > 0 ? kept.map(({ address }) => address) : [],
    problems: live === undefined ? [] : problemsOf(server, live, { change, there, kept, left })
  };
}

/** The addresses of the replicas that the inputs ask for. */
export function wantedReplicas({ settings }: AzureContext): readonly string[] {
  const count = replicaCount(settings) ?? 0;
  const elsewhere = settings.replica_region;
  return [
    ...Array.from({ length: count }, (_, index) => replicaAddress(index + 1)),
    ...(elsewhere === undefined ? [] : [replicaAddress(regionOf(elsewhere))])
  ];
}

function surplus(context: AzureContext, there: readonly Observed[]): readonly Desired[] {
  const count = replicaCount(context.settings);
  if (count === undefined) return [];
  return there
    .flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? [])
    .map(Number)
    .filter(number => number > count)
    .sort((a, b) => b - a)
    .map(number => {
      const address = replicaAddress(number);
      return ensureAbsent(address, 'replica', replicaTitle(context, address), SERVER_GROUP);
    });
}

interface SizeChange {
  /** Fields in which the server grows. */
  readonly grows: readonly string[];
  readonly shrinks: readonly string[];
}

const NONE: SizeChange = { grows: [], shrinks: [] };

function changeOf({ fields }: Desired<ServerTable>, live: Server): SizeChange {
  const now = serverValues(live);
  const asked = (name: 'instance_class' | 'allocated_storage' | 'auto_grow_enabled'): unknown =>
    fields[name]?.managed === true ? fields[name].value : undefined;
  const [size, gib, grow] = [asked('instance_class'), asked('allocated_storage'), asked('auto_grow_enabled')];
  const step = typeof size === 'string' ? compareSizes(size, textOf(now.instance_class)) : 0;
  return {
    grows: [
      ...(step > 0 ? ['instance_class'] : []),
      ...(typeof gib === 'number' && gib > Number(now.allocated_storage) ? ['allocated_storage'] : []),
      ...(grow === true && now.auto_grow_enabled !== true ? ['auto_grow_enabled'] : [])
    ],
    shrinks: [
      ...(step < 0 ? ['instance_class'] : []),
      ...(grow === false && now.auto_grow_enabled === true ? ['auto_grow_enabled'] : [])
    ]
  };
}

interface Findings {
  readonly change: SizeChange;
  readonly there: readonly Observed[];
  readonly kept: readonly Desired[];
  /** Replicas that no input names. */
  readonly left: readonly Observed[];
}

function problemsOf(server: Desired<ServerTable>, live: Server, findings: Findings): readonly Problem[] {
  const { change, there, kept, left } = findings;
  const problems: Problem[] = [];
  const refuse = (field: string, why: string, allowed: string): void => {
    problems.push({ input: field, value: textOf(wantedOf(server, field)), why, allowed });
  };
  const version = server.fields.engine_version;
  if (version?.managed === true && version.value !== live.version && there.length > 0) {
    const why = 'is an upgrade, and Azure does not upgrade a server with read replicas';
    refuse('engine_version', why, 'an upgrade after an apply that removed the replicas (`create_read_replica: false`)');
  }
  const [grown, shrunk] = [change.grows[0], change.shrinks[0]];
  if (grown !== undefined && shrunk !== undefined && kept.length > 0) {
    const why = `goes down while \`${grown}\` goes up: replicas grow before their server and shrink after it`;
    refuse(shrunk, why, 'one change after the other, in two applies');
  }
  const small = left.find(one => change.grows.some(field => isSmaller(one, field, server)));
  if (grown !== undefined && small !== undefined) {
    const why = `would make the server larger than ${small.title}, which no input names`;
    refuse(grown, why, '`create_read_replica` and `read_replica_count` that name it, so that it grows first');
  }
  return problems;
}

function isSmaller({ fields }: Observed, field: string, server: Desired): boolean {
  const [now, wanted] = [fields[field], wantedOf(server, field)];
  if (field === 'instance_class') return compareSizes(textOf(wanted), textOf(now)) > 0;
  return field === 'allocated_storage' ? Number(wanted) > Number(now) : wanted === true && now !== true;
}

/** The desired value of a field that is neither a secret nor known after apply only. */
function wantedOf({ fields }: Desired, field: string): Value {
  return (fields[field]?.value ?? null) as Value;
}
