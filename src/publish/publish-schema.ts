import { defined } from '../engine/defined.ts';
import { putComment } from '../github/comment.ts';
import type { DatabaseKey } from '../github/marker.ts';
import { page } from '../report/plan-markdown.ts';
import { schemaRenderings, type SchemaReport } from '../schema-diff/schema-markdown.ts';
import { attempted, explained, openTalk, type Talk } from './github-publication.ts';
import { liveHead, overtakenBy, plannedHead } from './publish-plan.ts';
import type { SchemaResult } from './run-result.ts';

/**
 * Shows how a pull request's schema differs, in a comment of its own next to the plan's: made when there is a
 * difference, brought up to date once it is there. A run of an older head leaves it alone. Never throws. The comment's
 * address, when there is one.
 */
export async function publishSchema(
  talk: Talk,
  { target }: SchemaResult,
  report: SchemaReport
): Promise<string | undefined> {
  const { runtime, event, inputs } = talk;
  const { pullRequest } = target;
  if (inputs.run.comment === false || pullRequest === undefined) return undefined;
  const client = openTalk(talk);
  if (client === undefined) return undefined;
  return attempted(talk, async () => {
    const planned = plannedHead(event, pullRequest);
    const live = planned === undefined ? undefined : await liveHead(talk, client, planned);
    const overtaken = overtakenBy(planned, live, false);
    if (overtaken !== undefined) {
      runtime.log.notice(`The schema comment of #${pullRequest} was left as it is: ${overtaken}`);
      return undefined;
    }
    const { provider, account, region, name, environment } = target;
    const database: DatabaseKey = { provider, account, region, name: `${name}#${pullRequest}#schema`, environment };
    const { comment_mode: mode, comment_header: before = '', comment_footer: after = '' } = inputs.run;
    const renderings = schemaRenderings(report).map(
      render => () => page([before.trim(), render().trimEnd(), after.trim()])
    );
    const createIfMissing = report.diff.changes.length > 0;
    const result = await putComment(client, defined({ pullRequest, database, renderings, mode, createIfMissing }));
    if (result.action === 'failed') explained(talk, 'The schema comment was not written', result.error);
    if (result.action === 'failed' || result.action === 'none') return undefined;
    if (result.unhidden !== undefined) explained(talk, 'Earlier comments were not hidden', result.unhidden);
    return result.url;
  });
}
