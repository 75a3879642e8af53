import { severityOf, type Risk, type SchemaChange } from '../../../src/schema-diff/change.ts';
import { lineDiff } from '../../../src/schema-diff/line-diff.ts';
import { danger, dataLoss, mayFail, sizeText, tableWork, warning } from '../../../src/schema-diff/risks.ts';
import type { RelationSize } from '../../../src/schema-diff/schema.ts';
import { schemaRenderings, schemaSql, schemaVerdict } from '../../../src/schema-diff/schema-markdown.ts';
import { keepsStorage } from '../../../src/schema-diff/type-change.ts';
import { expectGolden } from '../../support/golden.ts';
import { FOOTER } from '../report/plans.ts';

const MB = 1024 * 1024;
const SIZES: readonly (RelationSize | undefined)[] = [
  undefined,
  { bytes: 0, rows: 5 },
  { bytes: 1, rows: 1 },
  { bytes: 1023, rows: 1.6 },
  { bytes: 1024, rows: -1 },
  { bytes: 10 * 1024, rows: 2 },
  { bytes: 100 * MB - 1, rows: 999_999 },
  { bytes: 100 * MB, rows: 3 },
  { bytes: 8192, rows: 1_000_000 },
  { bytes: 1024 ** 4, rows: 3 },
  { bytes: 5000 * 1024 ** 4, rows: 3 }
];

const TYPES = [
  'character varying(20)',
  'character varying(40)',
  'character varying',
  'text',
  'bit varying(4)',
  'bit varying',
  'time(3) without time zone',
  'time(6) without time zone',
  'time(3) with time zone',
  'time with time zone',
  'timestamp(3) with time zone',
  'timestamp with time zone',
  'interval(3)',
  'interval',
  'numeric(10)',
  'numeric(10,2)',
  'numeric(12,2)',
  'numeric(12,-2)',
  'numeric',
  'character(4)',
  'character(8)',
  'cidr',
  'inet'
];
const CASTS = new Set(['character varying>text', 'text>character varying', 'cidr>inet']);

test('each risk says how large the table is, and how bad that makes it', () => {
  const risks = (size: RelationSize | undefined): readonly (readonly Risk[])[] => [
    tableWork('rewrite', size, 'It is rewritten'),
    tableWork('lock', size, 'It is locked', 'Wait.'),
    dataLoss(size, 'It is lost'),
    dataLoss(size, 'It is lost', 'Keep it.'),
    mayFail(size, 'danger', 'It may fail.'),
    mayFail(size, 'warning', 'It may fail.', 'Look.')
  ];
  const parts = SIZES.map(size => {
    const text = size === undefined ? 'no table' : `${JSON.stringify(size)} ${sizeText(size)}`;
    return `# ${text}\n${risks(size)
      .map(all => JSON.stringify(all))
      .join('\n')}\n`;
  });
  const others = [
    warning('slower', 'a'),
    warning('slower', 'a', 'b'),
    danger('exposure', 'a'),
    danger('exposure', 'a', 'b')
  ];
  const kept = TYPES.map(from => `${from}: ${TYPES.filter(to => keepsStorage(from, to, CASTS)).join(', ')}`);
  const lines = Array.from({ length: 1000 }, (_, at) => `${at}`);
  const long = [lines.length, lines.length + 1].map(
    count => lineDiff(Array.from({ length: count }, (_, at) => `${at}`).join('\n'), 'a').length
  );
  const most = lineDiff(lines.join('\n'), [...lines.slice(0, 500), 'x', ...lines.slice(501)].join('\n'));
  const differs = [
    ['a\nb', 'b\na'],
    ['', 'a'],
    ['a', ''],
    ['a\nb\nc\nd\ne\nf', 'a\nx\nc\nd\ne\ny']
  ].map(([one = '', two = '']) => JSON.stringify(lineDiff(one, two).map(({ sign, text }) => sign + text)));
  const told = [
    ...parts,
    `# others\n${others.map(all => JSON.stringify(all)).join('\n')}\n`,
    `# types\n${kept.join('\n')}\n`
  ];
  expectGolden(
    'schema-risks.txt',
    `${told.join('\n')}\n# lines\n${differs.join('\n')}\n${JSON.stringify([long, most])}\n`
  );
});

const change = (id: string, more: Partial<SchemaChange> = {}): SchemaChange => ({
  kind: 'column',
  action: 'drop',
  id,
  statement: `ALTER TABLE ${id} DROP COLUMN note;`,
  risks: [],
  ...more
});
const lost: Risk = { severity: 'danger', code: 'data-loss', message: 'The values\nof `note` are lost.', hint: 'Wait.' };
const look: Risk = { severity: 'warning', code: 'slower', message: 'It is slower.' };
const ADD = change('a', {
  action: 'add',
  statement: 'CREATE TABLE a (\n\tid int,\n  b text -- ```\n);',
  size: { bytes: 0, rows: 1 }
});
const LOST = change('b', { risks: [lost, look], size: { bytes: 340 * MB, rows: 1_200_000 } });
const SLOW = change('c', { action: 'change', risks: [look] });
const bodies = ['FUNCTION f()', 'OR REPLACE PROCEDURE p()', 'VIEW v', 'MATERIALIZED VIEW m', 'INDEX i'].map(what =>
  change(what, {
    action: 'change',
    statement: `CREATE ${what} AS\n  select '<b>';\n  end`,
    lines: [
      { sign: '-', text: '\told' },
      { sign: '+', text: 'new' },
      { sign: ' ', text: 'same' }
    ]
  })
);
const LONG = change('x', { statement: `select '${'y'.repeat(2100)}'` });
const many = (count: number): readonly SchemaChange[] => Array.from({ length: count }, (_, at) => change(`t${at}`));

test('a page of a schema leads with what is dangerous, and leaves out bodies and changes where it is too long', () => {
  const reports: readonly (readonly [string, readonly SchemaChange[]])[] = [
    ['nothing', []],
    ['one', [ADD]],
    ['a danger', [LOST]],
    ['a warning', [SLOW]],
    ['all', [LOST, SLOW, ADD, ...bodies]],
    ['a long one', [LONG]]
  ];
  const parts = reports.map(([title, changes]) => {
    const diff = { base: 'sh<o>p', database: 'pr_7', changes };
    const pages = schemaRenderings({ diff, footer: FOOTER, heading: ['orders', 'pull *request* 7'] }).map(page =>
      page()
    );
    const shown = pages.filter((page, at) => at === 0 || page !== pages[at - 1]);
    return `## ${title}: ${schemaVerdict(diff)} ${changes.map(severityOf).join()}\n${schemaSql(diff)}\n${shown.join('\n---\n')}`;
  });
  const counts = [19, 20, 21, 22, 100, 101].map(count => {
    const diff = { base: 'shop', database: 'pr_7', changes: many(count) };
    const pages = schemaRenderings({ diff, footer: FOOTER, heading: [] }).map(page => page());
    return `${count}: ${pages.map(page => `${page.split('DROP COLUMN').length - 1} ${/… and [^\n]*/.exec(page)?.[0] ?? ''}`).join(' | ')}`;
  });
  expectGolden('schema-pages.md', `${parts.join('\n')}\n## counts\n${counts.join('\n')}\n`);
});
