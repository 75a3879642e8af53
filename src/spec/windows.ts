import { moment, type Parser } from './parse.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const TIME = '([01]\\d|2[0-3]):([0-5]\\d)';

/**
 * `03:00-04:00`, UTC; may run over midnight. A start alone (`03:00`, Google's spelling) lasts an hour. Canonical text.
 */
export function backupWindow(): Parser<string> {
  return {
    kind: 'daily window',
    allowed: 'a daily window in UTC such as `03:00-04:00`',
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim() : '';
      const match = new RegExp(`^${TIME}(?:-${TIME})?$`).exec(value);
      if (match === null) return { ok: false, why: 'is not a daily window' };
      const start = Number(match[1]) * 60 + Number(match[2]);
      const end = match[3] === undefined ? (start + 60) % 1440 : Number(match[3]) * 60 + Number(match[4]);
      if (start === end) return { ok: false, why: 'has no length' };
      return { ok: true, value: `${clock(start)}-${clock(end)}` };
    }
  };
}

/** `sun:04:00-sun:05:00`, UTC; may run over midnight and over the week's end. Canonical text, lower case. */
export function maintenanceWindow(): Parser<string> {
  const day = `(${DAYS.join('|')})`;
  return {
    kind: 'weekly window',
    allowed: 'a weekly window in UTC such as `sun:04:00-sun:05:00`',
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
      const match = new RegExp(`^${day}:${TIME}-${day}:${TIME}$`).exec(value);
      if (match === null) return { ok: false, why: 'is not a weekly window' };
      if (value.slice(0, 9) === value.slice(10)) return { ok: false, why: 'has no length' };
      return { ok: true, value };
    }
  };
}

/** `next-window`, `undo`, or a moment in ISO 8601. */
export function postponement(): Parser<string> {
  return {
    kind: 'time',
    allowed: '`next-window`, `undo`, or a time such as `2026-12-01T03:00:00Z`',
    parse: raw => {
      const value = typeof raw === 'string' ? raw.trim() : '';
      if (value === 'next-window' || value === 'undo') return { ok: true, value };
      return value === 'latest' ? { ok: false, why: 'is not a time' } : moment().parse(raw);
    }
  };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
