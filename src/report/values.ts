import type { Change } from '../engine/plan.ts';
import { isReference, isSecretName, type FieldValue } from '../engine/value.ts';
import { code } from './markdown.ts';
import { shorten, visible } from './printable.ts';

/** A formatted value: its own characters, or a word of ours that stands for it. */
export interface Written {
  readonly kind: 'value' | 'word';
  readonly text: string;
}

const ABSENT: Written = { kind: 'word', text: '—' };
const DEFAULT: Written = { kind: 'word', text: '(default)' };
const LATER: Written = { kind: 'word', text: 'known after apply' };
const SECRET: Written = { kind: 'word', text: '(secret)' };
const EMPTY: Written = { kind: 'word', text: '(empty)' };

/**
 * A field's value for a reader. `undefined` is `—`, `null` `(default)`, a reference `known after apply`, a secret
 * `(secret)`.
 */
export function written(value: FieldValue | undefined): Written {
  if (value === undefined) return ABSENT;
  if (value === null) return DEFAULT;
  if (isReference(value)) return LATER;
  if (isSecretName(value)) return SECRET;
  const spelled = spell(value);
  return spelled === '' ? EMPTY : { kind: 'value', text: spelled };
}

/** The two sides of a change; the field's own spelling (`shown`) wins, except over a secret or a reference. */
export function writtenChange(change: Change): { readonly from: Written; readonly to: Written } {
  return { from: side(change.from, change.shown?.from), to: side(change.to, change.shown?.to) };
}

/** A value in a Markdown cell or sentence: code of at most `limit` characters, or our word in italics. */
export function inMarkdown(value: Written, limit = 80): string {
  if (value.kind === 'value') return code(value.text, limit);
  return value.text === '—' ? value.text : `_${value.text}_`;
}

/** A value on a line of the job log. */
export function inLog(value: Written): string {
  return shorten(visible(value.text), 160);
}

function side(value: FieldValue | undefined, shown: string | undefined): Written {
  const plain = written(value);
  return shown === undefined || shown === '' || plain.kind === 'word' ? plain : { kind: 'value', text: shown };
}

function spell(value: FieldValue): string {
  if (typeof value === 'string') return value === '' || value.trim() !== value ? JSON.stringify(value) : value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return (value as readonly FieldValue[]).map(member).join(', ');
  return Object.entries(value as Readonly<Record<string, FieldValue>>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${key}: ${member(entry)}`)
    .join(', ');
}

/** A member of a list or map: bracketed when it is one itself, quoted when it contains a comma. */
function member(value: FieldValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return /^$|[,"[\]{}]|^\s|\s$/.test(value) ? JSON.stringify(value) : value;
  if (typeof value !== 'object') return String(value);
  if (isReference(value) || isSecretName(value)) return written(value).text;
  return Array.isArray(value) ? `[${spell(value)}]` : `{${spell(value)}}`;
}
