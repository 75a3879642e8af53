import { defined } from '../../../engine/defined.ts';
import type { Server } from '@azure/arm-postgresql-flexible';
import type { Desired, FieldsOf, Observed, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';
import { numberedAddress, numberOf, replicaNumbers } from '../../numbered-replicas.ts';
import { directionOf, numberStep, outgrown, type Direction, type OrderRules } from '../../replica-order.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import { compareSizes } from '../api/sku.ts';
import type { AzureContext } from '../context.ts';
import { FOLLOWED, INHERITED, REGIONAL, replica as kind, replicaTitle } from '../resources/replica.ts';
import { serverValues, type ServerTable } from '../resources/server/fields.ts';

/** The replicas that the spec asks for, and what they mean for their server. */
export interface Replicas {
  readonly desired: readonly Desired[];
  /** Which way the server changes: it decides whether replicas change before the server or after it. */
  readonly direction: Direction;
  readonly problems: readonly Problem[];
}

/**
 * A replica may never be smaller than its server. Storage never shrinks: a smaller size is not a step.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#scale
 */
const RULES: OrderRules<ServerTable> = {
  instance_class: (from, to) => compareSizes(textOf(to), textOf(from)),
  allocated_storage: (from, to) => Math.max(0, numberStep(from, to)),
  auto_grow_enabled: (from, to) => Number(to === true) - Number(from === true)
};

/** Numbered replicas, and one in another region. Numbers above the count are removed, the highest first. */
export function desiredReplicas(
  context: AzureContext,
  observed: readonly Observed[],
  server: Desired<ServerTable>,
  live: Server | undefined
): Replicas {
  const present = observed.filter(one => one.type === kind.type);
  const wanted = wantedReplicas(context).map(address => {
    const exists = present.some(one => one.address === address);
    const values = {
      ...(exists ? {} : inherited(address, server, live)),
      ...followed(server, exists)
    };
    return ensure(context, kind, address, replicaTitle(context, address), values, {
      dependsOn: [SERVER],
      concurrencyGroup: SERVER_GROUP
    });
  });
  const surplus = replicaNumbers(context.settings, present).surplus.map(number => {
    const address = numberedAddress(number);
    return ensureAbsent(address, kind.type, replicaTitle(context, address), SERVER_GROUP);
  });
  const desired = [...wanted, ...surplus];
  const direction = directionOf(
    server,
    observed.find(one => one.address === SERVER),
    RULES
  );
  return {
    desired,
    direction,
    problems: live === undefined ? [] : problemsOf(server, live, { direction, present, desired })
  };
}

/** The addresses of the replicas that the inputs ask for. */
export function wantedReplicas({ settings }: AzureContext): readonly string[] {
  const elsewhere = settings.replica_region;
  return [
    ...replicaNumbers(settings, []).wanted.map(numberedAddress),
    ...(elsewhere === undefined ? [] : [replicaAddress(regionOf(elsewhere))])
  ];
}

type Values = FieldsOf<typeof kind.fields, FieldValue | Wanted>;

/** An existing replica changes with its server. A new one becomes ready without help. */
function followed(server: Desired<ServerTable>, exists: boolean): Values {
  return Object.fromEntries(
    FOLLOWED.flatMap(name => {
      const value = server.fields[name];
      return value === undefined || (name === 'state' && !exists) ? [] : [[name, value] as const];
    })
  );
}

/** A new replica is like its live server in every field that no input names, but for what holds in one region only. */
function inherited(address: string, server: Desired<ServerTable>, live: Server | undefined): Values {
  const now = live === undefined ? {} : serverValues(live);
  const location = now.location ?? server.fields.location?.value;
  const home = typeof location === 'string' ? regionOf(location) : undefined;
  const region = numberOf(address) === undefined ? address.slice('replica/'.length) : home;
  const names = INHERITED.filter(name => region === home || !REGIONAL.includes(name));
  const values = names.flatMap(name => {
    const value = server.fields[name]?.value ?? now[name];
    return value === undefined ? [] : [[name, onCreateOnly(value)] as const];
  });
  return defined({
    ...Object.fromEntries(values),
    location: region === undefined ? undefined : onCreateOnly(region)
  });
}

interface Findings {
  readonly direction: Direction;
  readonly present: readonly Observed[];
  readonly desired: readonly Desired[];
}

function problemsOf(
  server: Desired<ServerTable>,
  live: Server,
  { direction, present, desired }: Findings
): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (field: string, why: string, allowed: string): void => {
    problems.push({ input: field, value: textOf(wantedOf(server, field)), why, allowed });
  };
  const isPresent = (address: string): boolean => present.some(one => one.address === address);
  const kept = desired.filter(({ presence, address }) => presence === 'present' && isPresent(address));
  const version = server.fields.engine_version;
  if (version?.managed === true && version.value !== live.version && present.length > 0) {
    const why = 'is an upgrade, and Azure does not upgrade a server with read replicas';
    refuse('engine_version', why, 'an upgrade after an apply that removed the replicas (`create_read_replica: false`)');
  }
  const [grown, shrunk] = [direction.up[0], direction.down[0]];
  if (grown !== undefined && shrunk !== undefined && kept.length > 0) {
    const why = `goes down while \`${grown}\` goes up: replicas grow before their server and shrink after it`;
    refuse(shrunk, why, 'one change after the other, in two applies');
  }
  return [...problems, ...outgrown(server, present, desired, { rules: RULES, up: direction.up })];
}

/** The desired value of a field that is neither a secret nor known after apply only. */
function wantedOf(server: Desired<ServerTable>, field: string): Value {
  const fields: Readonly<Record<string, Wanted | undefined>> = server.fields;
  return (fields[field]?.value ?? null) as Value;
}
