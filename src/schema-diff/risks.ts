import { plural } from '../report/labels.ts';
import type { Risk } from './change.ts';
import type { RelationSize } from './schema.ts';

/** From here on work on a whole table takes long enough to stop its clients. */
export const BIG_BYTES = 100 * 1024 * 1024;
export const BIG_ROWS = 1_000_000;

/** A relation that has never held a row. One that is not in the base has none either. */
function isEmpty(size: RelationSize | undefined): boolean {
  return size === undefined || size.bytes === 0;
}

function isBig({ bytes, rows }: RelationSize): boolean {
  return bytes >= BIG_BYTES || rows >= BIG_ROWS;
}

/** `about 1,200,000 rows, 340 MB`. */
export function sizeText({ bytes, rows }: RelationSize): string {
  const known = rows < 0 ? 'rows not counted yet' : `about ${plural(Math.round(rows), 'row')}`;
  return `${known}, ${bytesText(bytes)}`;
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

/**
 * Work on all of a table while others wait: a danger on a big one, worth a look on a small one, nothing on an empty
 * one.
 */
export function tableWork(
  code: 'rewrite' | 'lock',
  size: RelationSize | undefined,
  what: string,
  hint?: string
): readonly Risk[] {
  if (size === undefined || isEmpty(size)) return [];
  const risk = { code, message: `${what} (${sizeText(size)} in the base).` };
  if (!isBig(size)) return [{ severity: 'warning', ...risk }];
  return [{ severity: 'danger', ...risk, ...(hint === undefined ? {} : { hint }) }];
}

/** What is lost with a table or a column. */
export function dataLoss(size: RelationSize | undefined, what: string, hint?: string): readonly Risk[] {
  const amount = size === undefined ? '' : isEmpty(size) ? ' (empty in the base)' : ` (${sizeText(size)} in the base)`;
  const isNothing = size !== undefined && isEmpty(size);
  const risk: Risk = { severity: isNothing ? 'warning' : 'danger', code: 'data-loss', message: `${what}${amount}.` };
  return [hint === undefined ? risk : { ...risk, hint }];
}

/** What fails where rows do not fit. */
export function mayFail(
  size: RelationSize | undefined,
  severity: Risk['severity'],
  message: string,
  hint?: string
): readonly Risk[] {
  if (isEmpty(size)) return [];
  const risk: Risk = { severity, code: 'may-fail', message };
  return [hint === undefined ? risk : { ...risk, hint }];
}

export function warning(code: Risk['code'], message: string, hint?: string): readonly Risk[] {
  const risk: Risk = { severity: 'warning', code, message };
  return [hint === undefined ? risk : { ...risk, hint }];
}

export function danger(code: Risk['code'], message: string, hint?: string): readonly Risk[] {
  return warning(code, message, hint).map(risk => ({ ...risk, severity: 'danger' }));
}
