import { readCheckRuns } from '../github/check-run.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import type { GithubClient } from '../github/client.ts';
import { putLabel } from '../github/label.ts';
import type { Verdict } from '../engine/plan.ts';
import { isSameDatabase, readRecord } from '../review/record.ts';
import { explained, type GithubPublication } from './github-publication.ts';

/** From the most serious to the least. */
const LABELS: readonly (readonly [Verdict, string])[] = [
  ['blocked', 'pgkeep: blocked'],
  ['changes', 'pgkeep: changes'],
  ['no-changes', 'pgkeep: no changes']
];

/**
 * Labels a pull request by the plans of all databases on record at its head; without the right to read them, by this
 * one alone.
 */
export async function labelPull(
  publication: GithubPublication,
  client: GithubClient,
  { number, headSha }: { readonly number: number; readonly headSha: string }
): Promise<void> {
  const own = publication.report.plan.verdict;
  const verdicts = new Set<Verdict>([own, ...(await recordedVerdicts(publication, client, headSha))]);
  const [, wanted] = LABELS.find(([verdict]) => verdicts.has(verdict)) ?? [own, `pgkeep: ${own}`];
  const failure = await putLabel(client, { pullRequest: number, wanted, family: LABELS.map(([, name]) => name) });
  if (failure !== undefined) explained(publication, `#${number} was not labelled`, failure);
}

async function recordedVerdicts(
  { runtime, report }: GithubPublication,
  client: GithubClient,
  headSha: string
): Promise<readonly Verdict[]> {
  try {
    const records = (await readCheckRuns(client, headSha)).flatMap(run => readRecord(run) ?? []);
    return records.filter(({ target }) => !isSameDatabase(target, report.plan.target)).map(({ verdict }) => verdict);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    runtime.log.debug(`The other plans are not known: ${thrown.message}`);
    return [];
  }
}
