import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { ERROR_CODES } from '../../../src/errors.ts';

const page = readFileSync(path.join(REPOSITORY, 'docs/troubleshooting.md'), 'utf8');
const sections = new Map(
  page.split(/^## /m).flatMap((section, index): [string, string][] => {
    const [heading = '', ...lines] = section.split('\n');
    return index === 0 ? [] : [[heading, lines.join('\n')]];
  })
);

describe('docs/troubleshooting.md', () => {
  test('has a heading for each error code, spelled as the link to it, in the order of the code', () => {
    expect([...sections.keys()]).toEqual([...ERROR_CODES]);
  });

  test('shows an example of each code, after its meaning and before what to do', () => {
    for (const [heading, text] of sections) {
      const [cause = '', example = '', hint = '', ...more] = text.split(/^```\n/m).map(part => part.trim());
      expect([heading, cause.length > 20, example.length > 20, hint.length > 20, more]).toEqual([
        heading,
        true,
        true,
        true,
        []
      ]);
    }
  });
});
