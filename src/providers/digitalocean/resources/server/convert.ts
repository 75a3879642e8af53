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

/** Networks as trusted sources. */
export function rulesOf(networks: readonly string[]): readonly Rule[] {
  return networks.map(value => ({ type: 'ip_addr', value: network(value) }));
}
