import type { Capability } from '@azure/arm-postgresql-flexible';
import type { Problem } from '../../../spec/problem.ts';
import { has, newly, open, problem, same, type Order } from './order.ts';
import { sizeProblems } from './unavailable-size.ts';
import { storageProblems } from './unavailable-storage.ts';

/**
 * What a region does not offer of an order to this subscription. Values that the offers do not mention pass: the apply
 * finds out. https://learn.microsoft.com/rest/api/postgresql/capabilities-by-location/list
 */
export function unavailable(offers: readonly Capability[], order: Order): readonly Problem[] {
  if (offers.length === 0) return [];
  const closed = closedBecause(offers);
  if (closed !== undefined) {
    const why = `is closed to this subscription${closed === '' ? '' : `: ${closed}`}`;
    return [
      { input: 'location', value: order.location, why, allowed: 'another region, or ask Azure for access to it' }
    ];
  }
  return [...versionProblems(offers, order), ...sizeProblems(offers, order), ...storageProblems(offers, order)];
}

/** Why a region offers nothing at all; `undefined` where it offers something. */
function closedBecause(offers: readonly Capability[]): string | undefined {
  const isOpen = offers.some(
    one => one.restricted !== 'Enabled' && !has(one, 'OfferRestricted') && open(one.supportedServerEditions).length > 0
  );
  return isOpen ? undefined : (offers.find(({ reason }) => reason)?.reason ?? '');
}

function versionProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
  const version = newly(order, 'engine_version');
  // A rule of its own refuses a downgrade.
  if (version === undefined || Number(version) < Number(order.version)) return [];
  const known = offers.flatMap(one => open(one.supportedServerVersions));
  const names = order.version === undefined ? known.map(({ name }) => name) : stepsFrom(known, order.version);
  if (names === undefined || names.length === 0 || names.some(name => same(name, version))) return [];
  const why =
    order.version === undefined
      ? `is not offered in ${order.location}`
      : `can't be reached from ${order.version} in one step`;
  return [problem('engine_version', version, why, names)];
}

/** `undefined` where the offers do not mention the version. */
function stepsFrom(
  known: readonly { readonly name?: string; readonly supportedVersionsToUpgrade?: readonly string[] }[],
  version: string
): readonly string[] | undefined {
  return known.find(({ name }) => name === version)?.supportedVersionsToUpgrade;
}
