const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * The window of an hour that begins at a time: `sat:23:00-sun:00:00` for `sat:23:00`. `undefined` for any other text.
 */
export function hourWindow(start: string | undefined): string | undefined {
  const [, day = '', hour = '', minute = ''] = /^([a-z]{3}):(\d\d):(\d\d)$/.exec(start ?? '') ?? [];
  const at = DAYS.indexOf(day);
  if (at === -1) return undefined;
  const isLast = hour === '23';
  const end = isLast ? '00' : String(Number(hour) + 1).padStart(2, '0');
  return `${day}:${hour}:${minute}-${DAYS[(at + (isLast ? 1 : 0)) % DAYS.length] ?? day}:${end}:${minute}`;
}
