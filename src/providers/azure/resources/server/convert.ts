import type { MaintenanceWindow, Server } from '@azure/arm-postgresql-flexible';
import { defined } from '../../../../engine/defined.ts';
import type { Facts } from '../../../../engine/resource.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** `sun:04:00-sun:05:00` for a chosen window; windows of Azure last an hour. */
export function readWindow(window: MaintenanceWindow | undefined): string | undefined {
  if (window?.customWindow?.toLowerCase() !== 'enabled') return undefined;
  const { dayOfWeek = 0, startHour = 0, startMinute = 0 } = window;
  const end = (startHour + 1) % 24;
  const endDay = DAYS[(dayOfWeek + (startHour === 23 ? 1 : 0)) % 7];
  const minute = twoDigits(startMinute);
  return `${DAYS[dayOfWeek]}:${twoDigits(startHour)}:${minute}-${endDay}:${twoDigits(end)}:${minute}`;
}

/** The beginning of a window as Azure spells it: Sunday is 0. */
export function windowOf(given: string): Required<MaintenanceWindow> {
  const [day = '', hour = '', minute = ''] = given.slice(0, 9).split(':');
  return {
    customWindow: 'Enabled',
    dayOfWeek: Math.max(0, (DAYS as readonly string[]).indexOf(day)),
    startHour: Number(hour),
    startMinute: Number(minute)
  };
}

/** What Azure decided about a server: outputs and references are made of it. */
export function serverFacts(live: Server): Facts {
  return defined({
    id: live.name ?? '',
    arn: live.id ?? '',
    host: live.fullyQualifiedDomainName,
    username: live.administratorLogin,
    version: live.version,
    status: live.state,
    standbyZone: live.highAvailability?.standbyAvailabilityZone || undefined,
    subnetId: live.network?.delegatedSubnetResourceId || undefined
  });
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
