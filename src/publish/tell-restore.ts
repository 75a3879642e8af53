import { putIssue } from '../github/issue.ts';
import { restoreSummary, type RestoreReport } from '../report/restore-markdown.ts';
import type { Footer } from '../report/report.ts';
import { attempted, explained, openTalk, type Talk } from './github-publication.ts';

/**
 * Keeps one issue for the database while its newest backup does not pass, and closes it when one does. A dry run says
 * nothing. A failed update is a warning.
 */
export async function tellRestore(talk: Talk, report: RestoreReport, footer: Footer): Promise<void> {
  const client = report.isDryRun ? undefined : openTalk(talk);
  if (client === undefined) return;
  const { spec } = talk.inputs;
  const database = {
    provider: spec.provider,
    ...report.target,
    name: `${spec.name} restore check`,
    environment: spec.environment
  };
  await attempted(talk, async () => {
    const result = await putIssue(client, {
      database,
      title: `The newest backup of PostgreSQL ${report.heading.join(', ')} does not pass its restore check`,
      renderings: [() => restoreSummary(report, footer)],
      state: report.failure === undefined ? 'closed' : 'open'
    });
    if (result.action === 'failed') explained(talk, 'The issue of the restore check was not written', result.error);
    else if (result.action !== 'none')
      talk.runtime.log.info(`Issue #${result.number} of the restore check ${result.action}: ${result.url}`);
  });
}
