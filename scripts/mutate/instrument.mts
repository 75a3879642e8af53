import type { Site } from './sites.mts';

export interface Mutant {
  /** Unique within a run. */
  readonly id: number;
  readonly site: Site;
}

/** The source with every mutant in it, each switched on by `globalThis.pgkeepMutant(id)`. Offsets within nest. */
export function instrumented(source: string, mutants: readonly Mutant[]): string {
  const inOrder = [...mutants].sort((a, b) => a.site.start - b.site.start || b.site.end - a.site.end);
  return render(source, 0, source.length, inOrder);
}

/** The source as one mutant alone makes it, as the compiler shall see it. */
export function changed(source: string, { site }: Mutant): string {
  const plain = source.slice(site.start, site.end);
  return source.slice(0, site.start) + site.both('true', plain, plain) + source.slice(site.end);
}

function render(source: string, from: number, to: number, mutants: readonly Mutant[]): string {
  let text = '';
  let at = from;
  let rest = mutants;
  while (rest[0] !== undefined) {
    const [outer, ...others] = rest;
    const { start, end, both } = outer.site;
    const nested = others.filter(other => other.site.start >= start && other.site.end <= end);
    rest = others.filter(other => !nested.includes(other));
    const plain = source.slice(start, end);
    text += source.slice(at, start);
    text += both(`globalThis.pgkeepMutant(${outer.id})`, render(source, start, end, nested), plain);
    at = end;
  }
  return text + source.slice(at, to);
}
