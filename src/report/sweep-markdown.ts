import { alert, details, prose, table, text } from './markdown.ts';
import { footerLine, page } from './plan-markdown.ts';
import type { Footer } from './report.ts';
import { plural } from './labels.ts';

/** One database that a sweep checked. */
export interface Swept {
  /** In words: `database pr_7_3f9a0c1e`. */
  readonly title: string;
  readonly outcome: 'removed' | 'removable' | 'failed' | 'not run' | 'kept' | 'left';
  /** Completes "It …": why it was removed, or stays. */
  readonly why: string;
}

/** The whole result of a sweep. */
export interface SweepReport {
  readonly isDryRun: boolean;
  /** False: GitHub could not be asked, and only expired databases were removed. */
  readonly knowsOpenPullRequests: boolean;
  readonly items: readonly Swept[];
}

/** Rows of one table; a longer one is cut, with a note. */
const MOST_ROWS = 300;

const LABELS: Readonly<Record<Swept['outcome'], string>> = {
  removed: '✅ removed',
  removable: '🧹 would be removed',
  failed: '❌ failed',
  'not run': '⏸ not run',
  kept: 'kept',
  left: 'left alone'
};

/** A sweep in one sentence. Plain text for the log, the summary and annotations alike. */
export function sweepVerdict({ isDryRun, items }: SweepReport): string {
  const count = (outcome: Swept['outcome']): number => items.filter(item => item.outcome === outcome).length;
  const parts = [
    isDryRun ? `${count('removable')} would be removed` : `${count('removed')} removed`,
    ...(['failed', 'not run'] as const).flatMap(outcome =>
      count(outcome) === 0 ? [] : [`${count(outcome)} ${outcome}`]
    ),
    `${count('kept')} kept`,
    `${count('left')} left alone`
  ];
  return `${isDryRun ? 'Dry run' : 'Swept'}: ${parts.join(', ')}.`;
}

/** Lines about databases that stay: on a cloud that is everything else in the account. */
const MOST_LEFT = 20;

/**
 * One line for each database that was removed, should be, or could not be; and some of those that are not this
 * repository's to remove.
 */
export function sweepLines({ items }: SweepReport): readonly string[] {
  const acted = items.filter(({ outcome }) => outcome !== 'kept' && outcome !== 'left');
  const left = items.filter(({ outcome }) => outcome === 'left');
  const more = left.length - MOST_LEFT;
  return [
    ...acted.map(({ title, outcome, why }) => `  ${title}: ${outcome} (${why})`),
    ...left.slice(0, MOST_LEFT).map(({ title, why }) => `  ${title}: left alone (${why})`),
    ...(more > 0 ? [`  … and ${more} more left alone`] : [])
  ];
}

/** The job summary of a sweep. */
export function sweepSummary(report: SweepReport, footer: Footer): string {
  const acted = report.items.filter(({ outcome }) => outcome !== 'kept' && outcome !== 'left');
  const failed = acted.some(({ outcome }) => outcome === 'failed' || outcome === 'not run');
  return page([
    '### PostgreSQL · databases of pull requests',
    `${failed ? '❌' : '🧹'} **${text(sweepVerdict(report))}**`,
    report.knowsOpenPullRequests
      ? ''
      : alert('WARNING', [
          'Could not read the open pull requests from GitHub, so only expired databases were removed. The job needs `pull-requests: read`.'
        ]),
    rowsOf(acted),
    ...(['left', 'kept'] as const).map(outcome => folded(report.items, outcome)),
    footerLine(footer)
  ]);
}

function folded(items: readonly Swept[], outcome: 'left' | 'kept'): string {
  const found = items.filter(item => item.outcome === outcome);
  return found.length === 0
    ? ''
    : details(`${plural(found.length, 'database', 'databases')} ${LABELS[outcome]}`, rowsOf(found));
}

function rowsOf(items: readonly Swept[]): string {
  if (items.length === 0) return '';
  const rows = items.slice(0, MOST_ROWS).map(({ title, outcome, why }) => [text(title), LABELS[outcome], prose(why)]);
  const more = items.length > MOST_ROWS ? `\n\n… and ${items.length - MOST_ROWS} more.` : '';
  return `${table(['What', 'Outcome', 'Why'], rows)}${more}`;
}
