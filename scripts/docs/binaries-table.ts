import { MAJORS } from '../../src/postgres/major.ts';
import { PINS } from '../../src/providers/local/installation/pins.ts';
import { code, table } from './markdown.ts';

/** Which minor version the pinned binaries of each major are, by platform. */
export function binariesTable(): string {
  return table(
    ['Platform', ...MAJORS.map(String)],
    Object.entries(PINS).map(([platform, pins]) => [
      code(platform),
      ...MAJORS.map(major => pins[major]?.version ?? '–')
    ])
  );
}
