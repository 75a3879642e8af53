import type { Capability } from '@azure/arm-postgresql-flexible';
import { textOf } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { newly, open, problem, same, type Order } from './order.ts';

/** Sizes, zones and flags of an order that a region does not offer. */
export function sizeProblems(offers: readonly Capability[], order: Order): readonly Problem[] {
  const problems: Problem[] = [];
  const { location, tier } = order;
  const sizes = offers.flatMap(one =>
    open(one.supportedServerEditions)
      .filter(({ name }) => same(name, tier))
      .flatMap(({ supportedServerSkus: skus }) => open(skus))
  );
  const size = order.values['instance_class'];
  const sold = sizes.find(({ name }) => same(name, size));
  if (newly(order, 'instance_class') !== undefined && sold === undefined) {
    return [
      problem('instance_class', size, `is not offered in ${location}`, sizes.map(({ name }) => name).slice(0, 12))
    ];
  }
  const lacks = (flag: 'zoneRedundantHaSupported' | 'geoBackupSupported' | 'storageAutoGrowthSupported'): boolean =>
    offers.every(one => one[flag] === 'Disabled');
  const modes = sold?.supportedHaMode;
  if (newly(order, 'multi_az') === true) {
    if (lacks('zoneRedundantHaSupported') || (modes !== undefined && !modes.includes('ZoneRedundant'))) {
      problems.push(problem('multi_az', true, `is not offered in ${location} for ${textOf(size)}`, ['false']));
    } else if (
      order.values['geo_redundant_backup'] === true &&
      offers.every(one => one.zoneRedundantHaAndGeoBackupSupported === 'Disabled')
    ) {
      const why = `is not offered in ${location} together with \`geo_redundant_backup: true\``;
      problems.push(problem('multi_az', true, why, ['one of the two']));
    }
  }
  if (newly(order, 'geo_redundant_backup') === true && lacks('geoBackupSupported')) {
    problems.push(problem('geo_redundant_backup', true, `is not offered in ${location}`, ['false']));
  }
  if (newly(order, 'auto_grow_enabled') === true && lacks('storageAutoGrowthSupported')) {
    problems.push(problem('auto_grow_enabled', true, `is not offered in ${location}`, ['false']));
  }
  for (const field of ['availability_zone', 'standby_availability_zone']) {
    const [zone, zones] = [newly(order, field), sold?.supportedZones];
    if (zone === undefined || zones === undefined || zones.some(one => same(one, zone))) continue;
    problems.push(problem(field, zone, `has no ${textOf(size)} in ${location}`, zones));
  }
  return problems;
}
