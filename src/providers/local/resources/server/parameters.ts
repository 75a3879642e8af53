import type { Notice } from '../../../../engine/plan.ts';
import type { FieldChange } from '../../../../engine/resource.ts';
import type { Impact } from '../../../../engine/impact.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { DEFAULT_MAJOR, isMajor, MAJORS, type Major } from '../../../../postgres/major.ts';
import { displayParameter } from '../../../../postgres/parameters/display.ts';
import { normaliseParameter } from '../../../../postgres/parameters/normalise.ts';
import { describeParameter } from '../../../../postgres/parameters/parameter.ts';
import type { Problem } from '../../../../spec/problem.ts';
import { RESERVED_PARAMETERS } from '../../cluster/settings.ts';

const PREFIX = 'parameters.';

/** Problems of `parameters`, before the server is read. `version` is the one that the workflow asks for, if any. */
export function parameterProblems(
  parameters: Readonly<Record<string, string>>,
  version: string | undefined
): readonly Problem[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const reserved = RESERVED_PARAMETERS.get(name.toLowerCase());
    const normal = normaliseParameter(name, value, majorOf(version));
    const why =
      reserved === undefined ? (normal.ok ? undefined : normal.problem) : `\`${name}\` can't be set here: ${reserved}`;
    return why === undefined ? [] : [{ input: 'parameters', value: `${name}: ${value}`, why }];
  });
}

/** Values in native units, as the server itself reports them, so that the two can be compared. */
export function canonicalParameters(
  parameters: Readonly<Record<string, string>>,
  version: string
): { readonly values: Readonly<Record<string, string>>; readonly notices: readonly Notice[] } {
  const values: Record<string, string> = {};
  const notices: Notice[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    const normal = normaliseParameter(name, value, majorOf(version));
    if (!normal.ok) continue;
    values[normal.name] = normal.value;
    for (const message of normal.remarks)
      notices.push({ code: 'value-rounded', severity: 'info', input: 'parameters', message });
  }
  return { values, notices };
}

/** Whether a change of this parameter needs a restart. Unknown parameters count as needing one. */
export function parameterImpact({ field }: FieldChange): Impact {
  const name = field.slice(PREFIX.length);
  if (name.includes('.')) return 'online';
  const known = MAJORS.toReversed()
    .map(major => describeParameter(name, major))
    .find(parameter => parameter !== undefined);
  return known === undefined || known.takesEffect === 'restart' ? 'restart' : 'online';
}

/** `32768` → `256MB`. */
export function parameterShown(value: Value, field: string): string {
  return displayParameter(field.slice(PREFIX.length), textOf(value));
}

/** One spelling for equal values. */
export function parameterNormalised(value: Value, field: string): Value {
  if (typeof value !== 'string') return value;
  const normal = normaliseParameter(field.slice(PREFIX.length), value, MAJORS[MAJORS.length - 1] ?? DEFAULT_MAJOR);
  return normal.ok ? normal.value : value;
}

function majorOf(version: string | undefined): Major {
  const major = Number(version?.split('.')[0]);
  return isMajor(major) ? major : DEFAULT_MAJOR;
}
