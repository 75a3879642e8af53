import { sendRequest } from '../engine/http.ts';
import { sendDispatch } from '../github/dispatch.ts';
import type { GithubClient } from '../github/client.ts';
import { heading } from '../report/verdict.ts';
import type { Drift } from '../review/drift.ts';
import { driftSentences, type Who } from '../review/drift-text.ts';
import { explained, type GithubPublication } from './github-publication.ts';

/** The type of the event for other workflows. */
export const DRIFT_EVENT = 'pgkeep-drift';

const WEBHOOK_SECONDS = 10;
/** Most differences, and most changes of a trail, in a payload: GitHub takes 64 KB. */
const MOST_ITEMS = 50;

/** Tells other workflows and a webhook of a drift, as far as inputs ask for it. What could not be told is a warning. */
export async function tellDrift(
  publication: GithubPublication,
  client: GithubClient | undefined,
  drift: Drift,
  who: Who | undefined
): Promise<void> {
  const { inputs, runtime } = publication;
  const webhook = inputs.secrets.get('drift_webhook');
  const payload = payloadOf(publication, drift, who);
  if (inputs.run.drift_dispatch === true && client !== undefined) {
    const failure = await sendDispatch(client, { type: DRIFT_EVENT, payload });
    if (failure !== undefined) explained(publication, `The event ${DRIFT_EVENT} was not sent`, failure);
  }
  if (webhook === undefined) return;
  const failure = await post(webhook, payload, publication.enough);
  if (failure !== undefined) runtime.log.warning(`The webhook was not told of the drift: ${failure}`);
}

/** Whether an input asks for anything of this. */
export function tellsDrift({ inputs, runResult }: GithubPublication): boolean {
  const drift = runResult.review?.drift;
  if (drift === undefined || drift.kind === 'none') return false;
  return inputs.run.drift_dispatch === true || inputs.secrets.has('drift_webhook');
}

/** `text` is what Slack and Mattermost show; the other members are for programs. */
function payloadOf(
  { event, report }: GithubPublication,
  drift: Drift,
  who: Who | undefined
): Readonly<Record<string, unknown>> {
  const { plan } = report;
  const { provider, account, region, name, environment } = plan.target;
  const sentences = driftSentences(drift, plan, who);
  return {
    version: 1,
    text: escaped(`PostgreSQL ${heading(plan)}: ${[...sentences, event.runUrl].join(' ').trim()}`),
    repository: `${event.repository.owner}/${event.repository.name}`,
    run_url: event.runUrl,
    database: { provider, account, region, name, environment },
    drift: drift.kind,
    differences: drift.items.slice(0, MOST_ITEMS),
    // The newest come first.
    who: who?.kind === 'trail' ? { ...who.trail, events: who.trail.events.slice(0, MOST_ITEMS) } : null
  };
}

/** In a chat, these three begin links and mentions: https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Why it failed; `undefined` when the other side has taken it. The address is never named: it is a secret. */
async function post(url: string, payload: unknown, enough: AbortSignal): Promise<string | undefined> {
  try {
    const response = await sendRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      signal: AbortSignal.any([enough, AbortSignal.timeout(WEBHOOK_SECONDS * 1000)])
    });
    response.drop();
    return response.ok ? undefined : `it answered with status ${response.status}.`;
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    return `${cause instanceof Error ? cause.message.replaceAll(url, '(the webhook)') : 'no reason given'}.`;
  }
}
