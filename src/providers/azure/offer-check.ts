import type { NameAvailabilityModel, Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../engine/plan.ts';
import type { Desired, FieldTable } from '../../engine/resource.ts';
import { sameValue, textOf, type Value } from '../../engine/value.ts';
import type { Problem } from '../../spec/problem.ts';
import { settled } from '../answers.ts';
import type { Validation } from '../provider.ts';
import type { AzureWorld } from './azure-world.ts';
import { OFFERED, unavailable, type Order } from './offers.ts';
import { CHECK_NAME, READ_CAPABILITIES } from './reading.ts';
import { SERVER_FIELDS, serverValues } from './server-fields.ts';
import { readSku } from './sku.ts';

/** Of a server that is there already. */
const AVAILABLE: NameAvailabilityModel = { nameAvailable: true };

/**
 * Whether Azure has what is asked for, before an apply finds out: what the region offers to this subscription, and for a new server
 * whether its name is to be had. Asks nothing for what a live server has already.
 */
export async function checkOffer(
  world: AzureWorld,
  server: Desired,
  live: Server | undefined,
  source: Server | undefined
): Promise<Validation> {
  const order = orderOf(world, server, live, source);
  const isNew = live === undefined;
  if (order.asked.length === 0 && !isNew) return { problems: [], notices: [] };
  const reading = world.reading();
  const [offers, name] = await Promise.all([
    settled(['denied'], reading.capabilities(world.target.region)),
    isNew ? settled(['denied'], reading.nameAvailability()) : AVAILABLE
  ]);
  return {
    problems: [
      ...unavailable(offers ?? [], order),
      ...(name?.nameAvailable === false ? [taken(world, name.reason, name.message)] : [])
    ],
    notices: [
      ...(offers === undefined ? [unchecked('what Azure offers in this region', READ_CAPABILITIES)] : []),
      ...(name === undefined ? [unchecked('whether the name is to be had', CHECK_NAME)] : [])
    ]
  };
}

/** The server as it is to be, with the fields that are not so yet. */
function orderOf(
  { target }: AzureWorld,
  { fields }: Desired,
  live: Server | undefined,
  source: Server | undefined
): Order {
  const base = live ?? source;
  const now: Readonly<Record<string, Value>> = base === undefined ? {} : serverValues(base);
  const wanted = Object.fromEntries(
    OFFERED.flatMap(name => {
      const value = fields[name]?.value;
      return value === undefined ? [] : [[name, value as Value] as const];
    })
  );
  const values = { ...now, ...wanted };
  const isManaged = (name: string): boolean => live === undefined || fields[name]?.managed === true;
  return {
    location: target.region,
    values,
    asked: Object.keys(wanted).filter(name => isManaged(name) && !isSo(name, now[name] ?? null, wanted[name] ?? null)),
    version: base?.version,
    tier: readSku(textOf(values['instance_class']))?.tier ?? base?.sku?.tier ?? ''
  };
}

function isSo(name: string, now: Value, wanted: Value): boolean {
  const table: FieldTable = SERVER_FIELDS;
  const normalise = table[name]?.normalise ?? ((value: Value) => value);
  return sameValue(normalise(now, name), normalise(wanted, name));
}

function taken({ spec }: AzureWorld, reason: string | undefined, message: string | undefined): Problem {
  const said = message === undefined ? '' : ` (Azure: ${message})`;
  const why =
    reason === 'Invalid'
      ? `is no name that Azure takes${said}`
      : `is taken: names of servers are unique in all of Azure, and one that was deleted keeps its name for some minutes${said}`;
  return { input: 'name', value: spec.name, why, allowed: 'another `name`' };
}

function unchecked(what: string, permission: string): Notice {
  return {
    code: 'not-checked',
    severity: 'warning',
    message: `Not checked ${what}: \`${permission}\` is not allowed.`
  };
}
