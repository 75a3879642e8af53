import type { Parsed, Parser, Raw } from './parse.ts';

const good = (value: string): Parsed<string> => ({ ok: true, value });
const bad = (why: string): Parsed<never> => ({ ok: false, why });

/** What one part of a period is, by the names that it has in Terraform. */
interface Given {
  readonly start_date?: Raw | undefined;
  readonly end_date?: Raw | undefined;
  readonly time?: Raw | undefined;
}

const ALLOWED =
  '`11-20 to 01-05` each year or `2026-11-20 to 2027-01-05` once, with a time in UTC where it is not midnight (`… at 06:00:00`), at most 90 days; or `none`';
const PERIOD = /^(\S+) to (\S+)(?: at (\S+))?$/;
const DATE = /^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const MOST_DAYS = 90;

/** Days in which a provider changes nothing by itself: `2026-11-20 to 2027-01-05 at 00:00:00`, or `none`. */
export function denyPeriod(): Parser<string> {
  return {
    kind: 'text',
    allowed: ALLOWED,
    parse: raw => {
      const data = dataIn(raw);
      if (typeof data === 'string') return fromText(data.trim());
      // As Terraform's modules have it: a list of one object.
      const [only, ...others] = Array.isArray(data) ? (data as readonly Raw[]) : [data];
      if (others.length > 0) return bad('lists several periods');
      if (only === undefined) return good('none');
      if (typeof only !== 'object' || only === null || Array.isArray(only)) return bad('is not a period');
      const { start_date: start, end_date: end, time } = only as Given;
      return fromParts(textIn(start), textIn(end), textIn(time));
    }
  };
}

/** Data that is given as JSON. */
function dataIn(raw: Raw): Raw {
  if (typeof raw !== 'string' || !/^\s*[[{]/.test(raw)) return raw;
  try {
    return JSON.parse(raw) as Raw;
  } catch {
    return raw;
  }
}

function textIn(raw: Raw | undefined): string {
  return typeof raw === 'string' ? raw : '';
}

function fromText(text: string): Parsed<string> {
  if (text === 'none' || text === '') return good('none');
  const [, start = '', end = '', time = ''] = PERIOD.exec(text) ?? [];
  return fromParts(start, end, time);
}

function fromParts(start: string, end: string, time: string): Parsed<string> {
  const [from, to] = [DATE.exec(start), DATE.exec(end)];
  if (from === null || to === null) return bad('is not of the allowed form');
  if ((from[1] === undefined) !== (to[1] === undefined)) return bad('names a year in one of its dates only');
  if (time !== '' && !TIME.test(time)) return bad('has no time of the form `06:00:00`');
  const begin = dayOf(from, 2023);
  const year = to[1] === undefined && dayOf(to, 2023) < begin ? 2024 : 2023;
  const days = (dayOf(to, year) - begin) / 86_400_000;
  if (Number.isNaN(days)) return bad('has a day that no month has');
  if (days < 0) return bad('ends before it begins');
  if (days > MOST_DAYS) return bad(`has more than ${MOST_DAYS} days`);
  return good(
    `${spelled(from)} to ${spelled(to)} at ${time === '' ? '00:00:00' : time.length === 5 ? `${time}:00` : time}`
  );
}

/** `2027-01-05` and `01-05`. */
function spelled([, year, month = '', day = '']: RegExpExecArray): string {
  const date = `${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return year === undefined ? date : `${year}-${date}`;
}

/** The spelling of this module for a date of Cloud SQL: it has `0-1-5` for each 5 January, and `2027-1-5`. */
export function plainDate(date: string): string {
  const found = DATE.exec(date.replace(/^0+-/, ''));
  return found === null ? date : spelled(found);
}

/** In milliseconds; NaN for a date that there is not. Days of each year count as those of a common one. */
function dayOf([, year, month = '', day = '']: RegExpExecArray, common: number): number {
  const at = Date.UTC(Number(year ?? common), Number(month) - 1, Number(day));
  return new Date(at).getUTCDate() === Number(day) && new Date(at).getUTCMonth() === Number(month) - 1
    ? at
    : Number.NaN;
}

/** The parts of a period in canonical form; `undefined` for `none`. */
export function periodParts(
  period: string
): { readonly startDate: string; readonly endDate: string; readonly time: string } | undefined {
  const [, startDate, endDate, time] = PERIOD.exec(period) ?? [];
  if (startDate === undefined || endDate === undefined || time === undefined) return undefined;
  return { startDate, endDate, time };
}
