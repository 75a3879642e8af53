import { isRunnerRule } from '../../../runner-access.ts';
import type { Value } from '../../../../engine/value.ts';
import type { Cluster, Rule } from '../../api/types.ts';

const DAYS: Readonly<Record<string, string>> = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday'
};

/** Storage for people: `80 GiB` for 81920 MiB. */
export const inGib = (mib: Value): string => `${Number(mib) / 1024} GiB`;

/** The beginning of a window: `sun:04:00` of `sun:04:00-sun:05:00`. DigitalOcean decides how long it lasts. */
export function windowStart(window: string): string {
  return window.slice(0, 'sun:04:00'.length);
}

/** A window as DigitalOcean takes it: `{day: 'sunday', hour: '04:00'}`. */
export function maintenanceOf(window: string): { readonly day: string; readonly hour: string } {
  return { day: DAYS[window.slice(0, 3)] ?? window.slice(0, 3), hour: window.slice(4, 9) };
}

/** `sun:04:00` for a live window; `undefined` where it is not complete. */
export function windowOf({ day, hour }: NonNullable<Cluster['maintenance_window']>): string | undefined {
  return day === undefined || hour === undefined ? undefined : `${day.slice(0, 3)}:${hour.slice(0, 5)}`;
}

/** A network in one spelling: a single address is written without its length. */
export function network(given: string): string {
  return given.replace(/\/32$/, '');
}

/** A list of networks as it is compared. */
export const sortedNetworks = (value: Value): Value =>
  Array.isArray(value) ? [...new Set(value.map(String))].sort() : value;

/** The description of the sources that this action adds: others keep theirs. */
export const OWN_SOURCE = 'pgkeep';

/** Networks as trusted sources of ours. */
export function rulesOf(networks: readonly string[]): readonly Rule[] {
  return networks.map(value => ({ type: 'ip_addr', value: network(value), description: OWN_SOURCE }));
}

/** Whether a source is a network that lasts. No input names another kind, nor what is open to a runner for a while. */
export function isNetwork({ type, description }: Pick<Rule, 'type' | 'description'>): boolean {
  return type === 'ip_addr' && !isRunnerRule(description);
}

/** The networks that last among trusted sources, in one spelling. */
export function networksIn(rules: readonly Rule[]): readonly string[] {
  return rules.filter(isNetwork).map(({ value }) => network(value));
}
