import { alert, code, details, link, prose, text } from '../report/markdown.ts';
import { footerLine, page } from '../report/plan-markdown.ts';
import { visible } from '../report/printable.ts';
import type { Footer } from '../report/report.ts';
import { plural } from '../report/labels.ts';
import { severityOf, type Risk, type SchemaChange, type SchemaDiff } from './change.ts';
import { sizeText } from './risks.ts';

/** All that a page about a schema is made of. */
export interface SchemaReport {
  readonly diff: SchemaDiff;
  readonly footer: Footer;
  /** What the database belongs to: `orders`, `production`, `pull request 7`. */
  readonly heading: readonly string[];
}

interface Level {
  /** Most changes that are shown. */
  readonly limit: number;
  /** Bodies of views and functions. */
  readonly bodies: boolean;
}

const LEVELS: readonly Level[] = [
  { limit: Number.POSITIVE_INFINITY, bodies: true },
  { limit: Number.POSITIVE_INFINITY, bodies: false },
  { limit: 100, bodies: false },
  { limit: 20, bodies: false }
];

/**
 * The difference as a comment or a job summary, largest first; the last one only counts. The hidden marker is not part
 * of it.
 */
export function schemaRenderings(report: SchemaReport): readonly (() => string)[] {
  return [...LEVELS.map(level => () => schemaMarkdown(report, level)), () => countsOnly(report)];
}

/** The difference in one sentence. Plain text. */
export function schemaVerdict({ base, changes }: SchemaDiff): string {
  if (changes.length === 0) return `The schema is that of ${base}.`;
  const dangerous = changes.filter(change => severityOf(change) === 'danger').length;
  const doubtful = changes.filter(change => severityOf(change) === 'warning').length;
  return [
    `${plural(changes.length, 'change')} to the schema of ${base}`,
    ...(dangerous === 0 ? [] : [`${dangerous} dangerous`]),
    ...(doubtful === 0 ? [] : [`${doubtful} to look at`])
  ]
    .join(', ')
    .concat('.');
}

/** The difference as a file of statements, each with its risks. */
export function schemaSql(diff: SchemaDiff): string {
  const blocks = diff.changes.map(({ statement, lines = [], risks }) =>
    [
      ...risks.map(({ severity, code: name, message }) => `-- ${severity}, ${name}: ${message.replaceAll('\n', ' ')}`),
      statement,
      ...lines.map(line => `-- ${line.sign}${line.text}`)
    ].join('\n')
  );
  return `-- ${schemaVerdict(diff)}\n\n${blocks.join('\n\n')}\n`;
}

function schemaMarkdown(report: SchemaReport, level: Level): string {
  const { diff, footer } = report;
  const { changes } = diff;
  const shown = changes.slice(0, level.limit);
  const isWhole =
    shown.length === changes.length && (level.bodies || changes.every(({ lines }) => lines === undefined));
  return page([
    ...head(report),
    box('CAUTION', 'danger', shown),
    box('WARNING', 'warning', shown),
    shown.length === 0 ? '' : statements(shown, level),
    shown.length === changes.length ? '' : `… and ${plural(changes.length - shown.length, 'more change')}.`,
    isWhole ? '' : `Too long to be shown whole here. The rest is in the ${link('job summary', footer.runUrl)}.`,
    changes.length === 0 ? '' : ABOUT,
    footerLine(footer)
  ]);
}

/** What a reader may take the diff for, and it is not. */
const ABOUT = details(
  'How to read this',
  'Both catalogs were compared after the migrations ran; the statements say what differs, not what the migrations did. ' +
    'Whether an index was built `CONCURRENTLY`, or a constraint added with `NOT VALID`, leaves no trace in a catalog. ' +
    'Sizes are those of the base.'
);

function head({ diff, heading }: SchemaReport): readonly string[] {
  const [name = '', ...where] = heading;
  const dangerous = diff.changes.some(change => severityOf(change) === 'danger');
  const sign = diff.changes.length === 0 ? '✅' : dangerous ? '🚨' : '📝';
  return [
    `### PostgreSQL schema of ${code(name)}${where.map(part => ` · ${text(part)}`).join('')}`,
    `${sign} **${text(schemaVerdict(diff))}**`
  ];
}

function box(kind: 'CAUTION' | 'WARNING', severity: Risk['severity'], changes: readonly SchemaChange[]): string {
  const items = changes
    .filter(change => severityOf(change) === severity)
    .flatMap(({ id, risks }) =>
      risks.map(
        ({ code: name, message, hint }) =>
          `- **${text(name)}** ${code(id)}: ${prose(message)}${hint === undefined ? '' : `<br>${prose(hint)}`}`
      )
    );
  return items.length === 0 ? '' : alert(kind, [...new Set(items)]);
}

const SIGNS: Readonly<Record<SchemaChange['action'], string>> = { add: '+', drop: '-', change: '!' };

/**
 * One block of statements in the colours of a diff; a longer fence than any that the statements hold keeps them inside.
 */
function statements(changes: readonly SchemaChange[], { bodies }: Level): string {
  const lines = changes.flatMap(change => [...statementLines(change, bodies), '']);
  const body = lines.slice(0, -1).join('\n');
  const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}diff\n${body}\n${fence}`;
}

function statementLines({ action, statement, lines, size }: SchemaChange, bodies: boolean): readonly string[] {
  const all = statement.split('\n');
  const isBody = /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE|VIEW|MATERIALIZED VIEW)/.test(statement);
  const kept = bodies || !isBody ? all : all.slice(0, 1);
  return [
    ...(size === undefined || size.bytes === 0 ? [] : [`# ${sizeText(size)}`]),
    ...kept.map(line => `${SIGNS[action]} ${shownLine(line)}`),
    ...(bodies ? (lines ?? []).map(line => `${line.sign}     ${shownLine(line.text)}`) : [])
  ];
}

function shownLine(line: string): string {
  return visible(line.replaceAll('\t', '    ')).slice(0, 2000);
}

function countsOnly(report: SchemaReport): string {
  return page([
    ...head(report),
    `Too long to be shown here. The whole is in the ${link('job summary', report.footer.runUrl)}, and in the file that the output ${code('schema_diff')} names.`,
    footerLine(report.footer)
  ]);
}
