import type { NameAvailabilityModel, Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import { fieldRule, isSameIn, type Desired, type Observed } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import type { Findings } from '../../findings.ts';
import { replicaAddress } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import type { AzureContext } from '../context.ts';
import type { Order } from './order.ts';
import { unavailable } from './unavailable.ts';
import { CHECK_NAME, READ_CAPABILITIES } from '../live-state.ts';
import { namesWhere, SERVER_FIELDS, serverValues } from '../resources/server/fields.ts';
import { NO_FINDINGS } from '../../findings.ts';
import { readSku } from '../api/sku.ts';

/** The answer for a server that exists. */
const AVAILABLE: NameAvailabilityModel = { nameAvailable: true };

/**
 * Whether Azure offers what the inputs ask for: in this region, to this subscription, and for a new server under this
 * name. Asks nothing about values that a live server has already.
 */
export async function checkOffer(
  context: AzureContext,
  server: Desired,
  live: Server | undefined,
  source: Server | undefined
): Promise<Findings> {
  const order = orderOf(context, server, live, source);
  const isNew = live === undefined;
  if (order.asked.length === 0 && !isNew) return { problems: [], notices: [] };
  const liveState = context.liveState();
  const [offers, name] = await Promise.all([
    ignoring(UNREADABLE, liveState.capabilities(order.location)),
    isNew ? ignoring(UNREADABLE, liveState.nameAvailability()) : AVAILABLE
  ]);
  return {
    problems: [
      ...unavailable(offers ?? [], order),
      ...(name?.nameAvailable === false ? [taken(context, name.reason, name.message)] : [])
    ],
    notices: [
      ...(offers === undefined ? [unchecked('the offers of the region', READ_CAPABILITIES)] : []),
      ...(name === undefined ? [unchecked('whether the name is free', CHECK_NAME)] : [])
    ]
  };
}

/** Whether the region of a new replica offers its size. */
export async function checkReplicaRegion(
  context: AzureContext,
  server: Desired,
  live: Server | undefined,
  observed: readonly Observed[]
): Promise<Findings> {
  const asked = context.settings.replica_region;
  const region = regionOf(asked ?? '');
  if (asked === undefined || observed.some(one => one.address === replicaAddress(region))) return NO_FINDINGS;
  const size = textOf((server.fields['instance_class']?.value ?? live?.sku?.name ?? '') as Value);
  const offers = await ignoring(UNREADABLE, context.liveState().capabilities(region));
  if (offers === undefined) {
    return { problems: [], notices: [unchecked('the offers of the region of the replica', READ_CAPABILITIES)] };
  }
  const order = {
    location: region,
    values: { instance_class: size },
    asked: size === '' ? [] : ['instance_class'],
    version: undefined,
    tier: readSku(size)?.tier ?? ''
  };
  const [problem] = unavailable(offers, order);
  if (problem === undefined) return NO_FINDINGS;
  const why = problem.input === 'location' ? problem.why : `has no ${size}`;
  const allowed =
    problem.input === 'location' ? 'another region' : `another region, or one of ${problem.allowed ?? ''}`;
  return { problems: [{ input: 'replica_region', value: asked, why, allowed }], notices: [] };
}

/** The desired server, with the fields that differ from the live one. */
function orderOf(
  { target }: AzureContext,
  { fields }: Desired,
  live: Server | undefined,
  source: Server | undefined
): Order {
  const base = live ?? source;
  const now: Readonly<Record<string, Value>> = base === undefined ? {} : serverValues(base);
  const wanted = Object.fromEntries(
    namesWhere(({ offered }) => offered === true).flatMap(name => {
      const value = fields[name]?.value;
      return value === undefined ? [] : [[name, value as Value] as const];
    })
  );
  const values = { ...now, ...wanted };
  const isManaged = (name: string): boolean => live === undefined || fields[name]?.managed === true;
  return {
    location: regionOf(base?.location ?? target.region),
    values,
    asked: Object.keys(wanted).filter(
      name => isManaged(name) && !isEqual(name, now[name] ?? null, wanted[name] ?? null)
    ),
    version: base?.version,
    tier: readSku(textOf(values['instance_class']))?.tier ?? base?.sku?.tier ?? ''
  };
}

function isEqual(name: string, now: Value, wanted: Value): boolean {
  return isSameIn(fieldRule(SERVER_FIELDS, name), name, now, wanted);
}

function taken({ spec }: AzureContext, reason: string | undefined, message: string | undefined): Problem {
  const said = message === undefined ? '' : ` (Azure: ${message})`;
  const why =
    reason === 'Invalid'
      ? `is not a name that Azure accepts${said}`
      : `is taken: names of servers are unique in all of Azure, and one that was deleted keeps its name for some minutes${said}`;
  return { input: 'name', value: spec.name, why, allowed: 'another `name`' };
}

/** A notice on something that could not be read. */
export function unchecked(what: string, permission: string): Notice {
  return {
    code: 'not-checked',
    severity: 'warning',
    message: `Could not check ${what}: \`${permission}\` is not allowed, or did not answer.`
  };
}
