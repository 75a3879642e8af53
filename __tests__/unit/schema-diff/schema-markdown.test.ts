import type { SchemaChange } from '../../../src/schema-diff/change.ts';
import {
  schemaRenderings,
  schemaSql,
  schemaVerdict,
  type SchemaReport
} from '../../../src/schema-diff/schema-markdown.ts';
import { FOOTER } from '../report/plans.ts';

const DROP: SchemaChange = {
  kind: 'column',
  action: 'drop',
  id: 'shop.orders.note',
  statement: 'ALTER TABLE shop.orders DROP COLUMN note;',
  size: { rows: 1_200_000, bytes: 340 * 1024 * 1024 },
  risks: [{ severity: 'danger', code: 'data-loss', message: 'The values of `note` are lost.', hint: 'Wait.' }]
};
const VIEW: SchemaChange = {
  kind: 'view',
  action: 'change',
  id: 'shop.open',
  statement: 'CREATE OR REPLACE VIEW shop.open AS',
  lines: [
    { sign: '-', text: " WHERE state = 'a'" },
    { sign: '+', text: " WHERE state = 'b'" }
  ],
  risks: []
};

const report = (changes: readonly SchemaChange[]): SchemaReport => ({
  diff: { base: 'shop', database: 'pr_7', changes },
  footer: FOOTER,
  heading: ['orders', 'pull request 7']
});
const rendered = (changes: readonly SchemaChange[], level = 0): string =>
  schemaRenderings(report(changes))[level]?.() ?? '';

test('leads with the verdict, then the dangers, then the statements in the colours of a diff', () => {
  const page = rendered([DROP, VIEW]);
  const places = [
    '### PostgreSQL schema of `orders` · pull request 7',
    '🚨 **2 changes to the schema of shop, 1 dangerous.**',
    '> [!CAUTION]\n> - **data-loss** `shop.orders.note`: The values of `note` are lost.<br>Wait.',
    '```diff\n# about 1,200,000 rows, 340 MB\n- ALTER TABLE shop.orders DROP COLUMN note;',
    "! CREATE OR REPLACE VIEW shop.open AS\n-      WHERE state = 'a'\n+      WHERE state = 'b'\n```",
    '<sub>commit'
  ].map(part => page.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('says in one line that nothing differs', () => {
  expect(rendered([])).toContain('✅ **The schema is that of shop.**');
  expect(rendered([])).not.toContain('diff\n');
});

test('gets shorter with each level: bodies go first, then changes, then all but the counts', () => {
  const many = Array.from({ length: 150 }, (_, at) => ({ ...VIEW, id: `shop.open_${at}` }));
  const sizes = [0, 1, 2, 3, 4].map(level => rendered([DROP, ...many], level).length);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  expect(rendered([DROP, ...many], 1)).not.toContain("state = 'b'");
  expect(rendered([DROP, ...many], 2)).toContain('… and 51 more changes.');
  expect(rendered([DROP, ...many], 4)).toContain('151 changes to the schema of shop, 1 dangerous.');
  expect(rendered([DROP, ...many], 3)).toContain('[!CAUTION]');
});

test('what a schema holds stays inert: fences, mentions, markers and hidden characters', () => {
  const hostile = '````\n</details> @team <!-- pgkeep:x --> \u202E';
  const page = rendered([
    {
      ...DROP,
      id: hostile,
      statement: `-- ${hostile}`,
      risks: [{ ...DROP.risks[0], message: `\`${hostile}\`` } as never]
    }
  ]);
  const fence = /^(`{5,})diff\n[\s\S]*?\n\1$/m.exec(page);
  expect(fence).not.toBeNull();
  const outside = page.replace(fence?.[0] ?? '', '');
  expect(outside).not.toContain('@team');
  expect(outside).not.toContain('<!--');
  expect(page).not.toContain('\u202E');
});

test('the file holds every statement with its risks, as comments of SQL', () => {
  const sql = schemaSql(report([DROP, VIEW]).diff);
  expect(sql.split('\n').filter(line => line !== '' && !line.startsWith('--'))).toEqual([
    DROP.statement,
    VIEW.statement
  ]);
  expect(sql).toContain('-- danger, data-loss: The values of `note` are lost.');
  expect(sql).toContain(schemaVerdict(report([DROP, VIEW]).diff));
});
