import { alert, code, prose, table, text } from './markdown.ts';
import { duration, plural, span } from './labels.ts';
import { footerLine, page } from './plan-markdown.ts';
import type { Footer } from './report.ts';

/** One statement of the check, and how it ended. */
export interface RestoreCheckLine {
  readonly place: string;
  readonly statement: string;
  readonly isPassed: boolean;
  readonly returned: string;
}

/** A proof of the newest backup, as far as it came. */
export interface RestoreReport {
  /** The database whose backup it is, first; then where. */
  readonly heading: readonly string[];
  /** Where the database is: one name may be kept in several places. */
  readonly target: { readonly account: string; readonly region: string };
  /** Absent: there is none. */
  readonly backup?: { readonly title: string; readonly at: string; readonly ageSeconds: number };
  /** The throwaway server. */
  readonly server?: string;
  /** From the first call until it took a login. */
  readonly seconds?: number;
  /** The scripts of `init_sql` that ran: those that the backup does not know yet. */
  readonly initialised?: number;
  /** The scripts of `mask_sql` that ran. */
  readonly masked?: number;
  readonly checks: readonly RestoreCheckLine[];
  /** Absent: nothing was made. */
  readonly isDestroyed?: boolean;
  /** Why it failed, in a sentence. */
  readonly failure?: string;
  readonly isDryRun: boolean;
}

/** The proof in one sentence, for the log, the summary and the issue alike. */
export function restoreVerdict(report: RestoreReport): string {
  const { backup, seconds, checks, failure, isDryRun } = report;
  if (failure !== undefined) return failure;
  const what = backup === undefined ? 'backup' : `backup of ${backup.at} (${span(backup.ageSeconds)} old)`;
  if (isDryRun) return `The ${what} would be restored and checked.`;
  return `The ${what} was restored, usable after ${duration(seconds ?? 0)}, and passed ${plural(checks.length, 'check')}.`;
}

/** What was checked, for the log. */
export function restoreLines({ checks }: RestoreReport): readonly string[] {
  return checks.map(
    ({ place, statement, isPassed, returned }) => `  ${isPassed ? '✓' : '✗'} ${place}: ${statement} → ${returned}`
  );
}

const MOST_ROWS = 100;

/** The job summary of a restore check, and the text of its issue. */
export function restoreSummary(report: RestoreReport, footer: Footer): string {
  const { heading, backup, server, seconds, masked, initialised, checks, isDestroyed, failure } = report;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Backup', backup && `${backup.title}, ${backup.at}`],
    ['Age of the backup', backup && span(backup.ageSeconds)],
    ['Time until it was usable', seconds === undefined ? undefined : duration(seconds)],
    ['Scripts of `mask_sql` that ran', masked?.toString()],
    ['Scripts of `init_sql` that ran', initialised?.toString()],
    ['Restored into', server && `${server}${isDestroyed === true ? ', destroyed again' : ''}`]
  ];
  const rows = facts.flatMap(([name, value]) => (value === undefined ? [] : [[prose(name), text(value)]]));
  const failed = checks.filter(({ isPassed }) => !isPassed);
  const shown = [...failed, ...checks.filter(({ isPassed }) => isPassed)].slice(0, MOST_ROWS);
  return page([
    `### PostgreSQL · ${heading.map(part => text(part)).join(' · ')} · restore check`,
    `${failure === undefined ? '✅' : '❌'} **${prose(restoreVerdict(report))}**`,
    isDestroyed === false
      ? alert('CAUTION', [
          `${text(server ?? 'The throwaway server')} is not destroyed yet, and is billed. Run \`command: sweep\` with \`check_sql\`: it removes it when it has expired.`
        ])
      : '',
    rows.length === 0 ? '' : table(['', ''], rows),
    shown.length === 0
      ? ''
      : table(
          ['Check', 'Where', 'Result', 'Returned'],
          shown.map(({ place, statement, isPassed, returned }) => [
            code(statement),
            text(place),
            isPassed ? '✅ passed' : '❌ failed',
            text(returned)
          ])
        ),
    footerLine(footer)
  ]);
}
