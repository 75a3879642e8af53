import { defined } from '../engine/defined.ts';
import type { Notice, Severity } from '../engine/plan.ts';
import type { Settings } from '../spec/catalogue.ts';
import type { Problem } from '../spec/problem.ts';
import type { Spec } from '../spec/spec.ts';

/** Problems of the inputs, and notices for their author. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

export const NO_FINDINGS: Findings = { problems: [], notices: [] };

/** Several findings as one, in their order. */
export function combineFindings(all: readonly Findings[]): Findings {
  return { problems: all.flatMap(one => one.problems), notices: all.flatMap(one => one.notices) };
}

/**
 * A problem with an input. The value shown is the input's own, unless that is a list or a map, or `value` says which.
 */
export function problemWith(
  { settings }: Pick<Spec, 'settings'>,
  input: keyof Settings,
  why: string,
  allowed?: string,
  value?: string
): Findings {
  const own = settings[input];
  const shown = value ?? (typeof own === 'object' || own === undefined ? undefined : String(own));
  return { problems: [defined({ input, value: shown, why, allowed })], notices: [] };
}

/** A notice on an input. Default severity: `info` where a value only becomes another, else `warning`. */
export function noticeOn(
  input: keyof Settings,
  code: string,
  message: string,
  severity: Severity = code === 'value-mapped' ? 'info' : 'warning'
): Findings {
  return { problems: [], notices: [{ code, severity, input, message }] };
}
