import type { Major } from '../major.ts';
import { extensionWords, isExtensionBoolean } from './extensions.ts';
import { isListParameter, normaliseList } from './lists.ts';
import { readNumber } from './numbers.ts';
import { describeParameter, isExtensionParameter, majorsWithParameter, type Parameter } from './parameter.ts';
import { suggestParameter } from './suggest.ts';

/** A parameter's value in the one form that can be compared and sent, or its problem. */
export type NormalisedParameter =
  | {
      readonly ok: true;
      /** In lower case. */
      readonly name: string;
      /** Numbers in the native unit, `on`/`off`, enumerations as servers spell them, lists without blanks. */
      readonly value: string;
      /** How the value was changed, where the user might not expect it. */
      readonly remarks: readonly string[];
    }
  | {
      readonly ok: false;
      /** A sentence with what is allowed. */
      readonly problem: string;
    };

/**
 * Checks a parameter and converts its value to the form PostgreSQL keeps it in: `256MB` is `32768` for
 * `shared_buffers`, `yes` is `on`, a bare number is in the native unit already. Equal values get equal forms, so this
 * is applied to both sides of a comparison. Parameters of extensions (with a dot in the name) are not checked.
 */
export function normaliseParameter(name: string, value: string, major: Major): NormalisedParameter {
  const lower = name.trim().toLowerCase();
  const text = value.trim();
  if (isExtensionParameter(lower)) return { ok: true, name: lower, value: ofExtension(lower, text), remarks: [] };
  const parameter = describeParameter(lower, major);
  if (parameter === undefined) return problem(unknownParameter(lower, major));
  if (parameter.takesEffect === 'never') return problem(`${lower} cannot be set: the server or its build fixes it.`);
  switch (parameter.type) {
    case 'bool':
      return ofBoolean(parameter, text);
    case 'enum':
      return ofEnumeration(parameter, text);
    case 'integer':
    case 'real': {
      const number = readNumber(parameter, text);
      return number.ok ? { ...number, name: lower } : number;
    }
    case 'string':
      return { ok: true, name: lower, value: isListParameter(lower) ? normaliseList(lower, text) : value, remarks: [] };
  }
}

function problem(text: string): NormalisedParameter {
  return { ok: false, problem: text };
}

function unknownParameter(name: string, major: Major): string {
  const majors = majorsWithParameter(name);
  if (majors !== undefined) {
    const [from, to] = majors;
    const when = major < from ? `only from PostgreSQL ${from} on` : `only up to PostgreSQL ${to}`;
    return `${name} does not exist in PostgreSQL ${major}, ${when}.`;
  }
  const suggestion = suggestParameter(name, major);
  return (
    `${name} is not a parameter of PostgreSQL ${major}` +
    (suggestion === undefined ? '.' : `; did you mean ${suggestion}?`)
  );
}

/** PostgreSQL takes any unambiguous beginning of these words (parse_bool_with_len in bool.c). */
function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === '') return undefined;
  if (lower === 'on' || lower === '1' || 'true'.startsWith(lower) || 'yes'.startsWith(lower)) return true;
  if (lower === '0' || 'false'.startsWith(lower) || 'no'.startsWith(lower)) return false;
  return lower.length >= 2 && 'off'.startsWith(lower) ? false : undefined;
}

function ofExtension(name: string, text: string): string {
  const value = isExtensionBoolean(name) ? readBoolean(text) : undefined;
  return value === undefined ? extensionWords(name, text) : value ? 'on' : 'off';
}

function ofBoolean(parameter: Parameter, text: string): NormalisedParameter {
  const value = readBoolean(text);
  if (value === undefined) return problem(`${parameter.name} is on or off, not ${quoted(text)}.`);
  return { ok: true, name: parameter.name, value: value ? 'on' : 'off', remarks: [] };
}

function ofEnumeration(parameter: Parameter, text: string): NormalisedParameter {
  const lower = text.toLowerCase();
  const value =
    parameter.values.find(each => each.toLowerCase() === lower) ??
    [...parameter.otherSpellings].find(([other]) => other.toLowerCase() === lower)?.[1];
  if (value !== undefined) return { ok: true, name: parameter.name, value, remarks: [] };
  const allowed = parameter.values.map(each => (each === '' ? '(empty)' : each)).join(', ');
  return problem(`${parameter.name} is one of ${allowed}, not ${quoted(text)}.`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
