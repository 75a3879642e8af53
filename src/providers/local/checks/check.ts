import { existsSync } from 'node:fs';
import type { Notice } from '../../../engine/plan.ts';
import { asSentence } from '../../../engine/sentence.ts';
import type { Observed } from '../../../engine/resource.ts';
import { ActionError } from '../../../errors.ts';
import { combineFindings, noticeOn, NO_FINDINGS, type Findings } from '../../findings.ts';
import { SERVER } from '../addresses.ts';
import { missingArchive } from '../cluster/missing-archive.ts';
import { choosePort } from '../cluster/port.ts';
import type { LocalContext } from '../context.ts';
import type { LookUps } from '../desired/look-up.ts';
import { requireSource } from '../desired/restore-source.ts';
import { publishedExtensions } from './published-extensions.ts';
import { versionOf } from '../desired/server.ts';
import { canonicalParameters } from '../resources/server/parameters.ts';
import { snapshotFile } from '../snapshot.ts';

/**
 * Notices for the user, now that the live state is known. Throws `not-found` when the server to copy is missing, and
 * `input-invalid` for a snapshot outside of the workspace.
 */
export async function check(
  context: LocalContext,
  observed: readonly Observed[],
  { located }: LookUps
): Promise<Findings> {
  const { settings, machine } = context;
  const isNew = !observed.some(one => one.address === SERVER);
  if (isNew && settings.restore_source !== undefined) await requireSource(context, settings.restore_source);
  const versionNotices = (located?.notices ?? []).map(({ message }) =>
    noticeOn('engine_version', 'value-mapped', message)
  );
  const rounded: readonly Notice[] = canonicalParameters(
    settings.parameters ?? {},
    versionOf(observed, located)
  ).notices;
  return combineFindings([
    ...versionNotices,
    isNew && located !== undefined ? { problems: publishedExtensions(context, located), notices: [] } : NO_FINDINGS,
    { problems: [], notices: rounded },
    isNew && settings.restore_from_snapshot !== undefined
      ? missingSnapshot(snapshotFile(context, settings.restore_from_snapshot))
      : NO_FINDINGS,
    await takenPort(context, observed),
    settings.keep_running === true && machine.env['GITHUB_ACTIONS'] === 'true'
      ? noticeOn(
          'keep_running',
          'job-scoped',
          'The server is left running after the job; on a hosted runner the machine itself ends with the job.',
          'info'
        )
      : NO_FINDINGS
  ]);
}

/** A plan may be made without the step that restores the file from the cache. */
function missingSnapshot(file: string): Findings {
  if (existsSync(file)) return NO_FINDINGS;
  const { message, hint = '' } = missingArchive(file);
  return noticeOn('restore_from_snapshot', 'not-found', `${message}. An apply fails as long as that is so. ${hint}`);
}

/** A port that another process holds now, which may have ended when the plan is applied. */
async function takenPort({ settings, machine }: LocalContext, observed: readonly Observed[]): Promise<Findings> {
  const { port } = settings;
  const live = observed.find(({ address }) => address === SERVER)?.facts['port'];
  if (port === undefined || port === live) return NO_FINDINGS;
  try {
    await choosePort(machine, port);
    return NO_FINDINGS;
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    return noticeOn(
      'port',
      'not-free',
      `${asSentence(thrown.message)} An apply fails as long as that is so. ${thrown.hint ?? ''}`
    );
  }
}
