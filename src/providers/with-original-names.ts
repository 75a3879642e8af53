import type { Spec } from '../spec/spec.ts';

/** Findings on inputs, under the names that the workflow used: an alias if it used one. */
export function withOriginalNames<T extends { readonly input?: string }>(
  { origins }: Pick<Spec, 'origins'>,
  said: readonly T[]
): readonly T[] {
  const names: Readonly<Partial<Record<string, string>>> = origins;
  return said.map(one => {
    const given = one.input === undefined ? undefined : names[one.input];
    return given === undefined ? one : { ...one, input: given };
  });
}
