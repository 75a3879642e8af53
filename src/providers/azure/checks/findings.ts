import type { Notice } from '../../../engine/plan.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Validation } from '../../provider.ts';

/** Nothing is wrong, and nothing is to be said. */
export const nothing: Validation = { problems: [], notices: [] };

/** Several findings as one. */
export function gathered(all: readonly Validation[]): Validation {
  return { problems: all.flatMap(one => one.problems), notices: all.flatMap(one => one.notices) };
}

/** A problem with an input. The value is the input's own, unless it is a list or `value` says which. */
export function refused(
  { settings }: Pick<Spec, 'settings'>,
  input: keyof Settings,
  why: string,
  allowed?: string,
  value?: string
): Validation {
  const own = settings[input];
  const shown = value ?? (typeof own === 'object' || own === undefined ? undefined : String(own));
  const problem = {
    input,
    ...(shown === undefined ? {} : { value: shown }),
    why,
    ...(allowed === undefined ? {} : { allowed })
  };
  return { problems: [problem], notices: [] };
}

/** A notice on an input: for information where a value only becomes another, a warning otherwise. */
export function remarked(input: keyof Settings, code: string, message: string): Validation {
  const severity: Notice['severity'] = code === 'value-mapped' ? 'info' : 'warning';
  return { problems: [], notices: [{ code, severity, input, message }] };
}
