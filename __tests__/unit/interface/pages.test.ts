import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { fitsTelephone } from '../../../scripts/docs/markdown.ts';
import { POLICIES } from '../../../src/policy/policies.ts';

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');
const pages = ['*.md', 'docs/**/*.md', 'examples/*.md']
  .flatMap(pattern => globSync(pattern, { cwd: REPOSITORY }))
  .sort();

const USES = /\buses: ([\w-]+\/[\w-]+)@(v\d+)/g;

let source: string | undefined;

function wholeSource(): string {
  source ??= globSync('src/**/*.ts', { cwd: REPOSITORY })
    .map(file => read(file))
    .join('\n');
  return source;
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function anchorsIn(file: string): readonly string[] {
  return [...read(file).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

describe.each(pages)('the page %s', page => {
  const text = read(page);
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');

  test('has no broken link', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)];
    for (const [, target = ''] of links.filter(([, to = '']) => !/^https?:/.test(to))) {
      const [file = '', anchor] = target.split('#');
      const full = file === '' ? page : path.join(path.dirname(page), file);
      expect([target, existsSync(path.join(REPOSITORY, full))]).toEqual([target, true]);
      if (anchor !== undefined) expect(anchorsIn(full)).toContain(anchor);
    }
  });

  test('names existing source files', () => {
    for (const [name = ''] of prose.matchAll(/(?<=`)(src|scripts|__tests__|docs|examples)\/[\w./-]+(?=`)/g)) {
      expect([name, existsSync(path.join(REPOSITORY, name))]).toEqual([name, true]);
    }
  });

  test('gives each step of its examples the id that others read', () => {
    const examples = [...text.matchAll(/^```[\s\S]*?^```$/gm)].join('\n');
    const asked = [...examples.matchAll(/\bsteps\.([\w-]+)\.outputs/g)].map(([, id = '']) => id);
    expect([...examples.matchAll(/\bid: ([\w-]+)/g)].map(([, id = '']) => id)).toEqual(expect.arrayContaining(asked));
  });

  test('names existing functions', () => {
    for (const [, name = ''] of prose.matchAll(/`(?:\w+\.)?(\w+)\(\)`/g)) {
      expect([name, new RegExp(`\\b${name}\\b\\s*[(<:]`).test(wholeSource())]).toEqual([name, true]);
    }
  });
});

test('the README is read in one sitting', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(250);
});

test('docs/README.md leads to every page', () => {
  const linked = [...read('docs/README.md').matchAll(/\]\(([^)#]+)/g)].map(([, to = '']) => path.join('docs', to));
  const isMapped = (page: string): boolean => !/^docs\/(adr|inputs)\/[^R]/.test(page) && page.startsWith('docs/');
  const missing = pages.filter(page => isMapped(page) && page !== 'docs/README.md' && !linked.includes(page));
  expect(missing).toEqual([]);
});

describe('docs/opinions.md', () => {
  const text = read('docs/opinions.md');

  test('names every safety rule', () => {
    const rules = [...read('src/engine/safety.ts').matchAll(/\brule: '([\w-]+)'/g)].map(([, rule = '']) => rule);
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) expect(text).toMatch(new RegExp(`^\\*\\*\\d+\\. \`${rule}\`:`, 'm'));
  });

  test('names every policy and no other', () => {
    const named = [...text.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(POLICIES));
  });

  test('is numbered without a gap', () => {
    const numbers = [...text.matchAll(/^\*\*(\d+)\. /gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

test('the actions of others that pages name are at the major version of the examples', () => {
  const versions = new Map<string, string>();
  for (const file of globSync('examples/*.yml', { cwd: REPOSITORY }))
    for (const [, name = '', version = ''] of read(file).matchAll(USES)) versions.set(name, version);
  const others = pages.flatMap(page =>
    [...read(page).matchAll(USES)].flatMap(([, name = '', version = '']) =>
      versions.get(name) === version ? [] : [`${page}: ${name}@${version}`]
    )
  );
  expect(versions.size).toBeGreaterThan(5);
  expect(others).toEqual([]);
});

test('a table fits on a telephone, or it is a list', () => {
  const tooWide = pages.flatMap(page =>
    [
      ...read(page)
        .replaceAll(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/(?:^\|.*\n)+/gm)
    ].flatMap(([table]) => {
      const [head = [], , ...rows] = table.trim().split('\n').map(cellsOf);
      return fitsTelephone([head, ...rows]) ? [] : [`${page}: ${head.join(' | ')}`];
    })
  );
  expect(tooWide).toEqual([]);
});

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim());
}
