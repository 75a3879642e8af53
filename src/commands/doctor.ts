import { defined } from '../engine/defined.ts';
import { ActionError } from '../errors.ts';
import { NO_TOKEN, restrictionOf } from '../github/permission.ts';
import { branchFinding } from './branch-finding.ts';
import type { Finding } from '../providers/provider.ts';
import type { Command, Run } from './command.ts';

/** Says which credentials, permissions and network reach the action has, and what is missing. Changes nothing. */
export const doctor: Command = async run => {
  const github = tokenFinding(run);
  const findings = [...(await run.session.doctor()), github, ...(await branchFinding(run))];
  for (const finding of findings) {
    const sign = { ok: '✓', missing: '✗', unknown: '?' }[finding.state];
    run.runtime.log.info(
      `${sign} ${finding.what}: ${finding.detail}${finding.hint === undefined ? '' : ` → ${finding.hint}`}`
    );
  }
  const missing = findings.find(finding => finding.state === 'missing' && finding !== github);
  return {
    command: 'doctor',
    result: missing === undefined ? 'no-changes' : 'failed',
    findings,
    ...(missing === undefined
      ? {}
      : {
          error: new ActionError(
            `${missing.what}: ${missing.detail}`,
            defined({ code: 'credentials-missing', source: 'user', hint: missing.hint })
          )
        })
  };
};

function tokenFinding({ event, inputs }: Run): Finding {
  const what = 'GitHub token';
  if ((inputs.secrets.get('github_token') ?? '') === '')
    return { what, state: 'missing', detail: NO_TOKEN.sentence, hint: NO_TOKEN.hint };
  const restriction = restrictionOf(event);
  return restriction === undefined
    ? { what, state: 'ok', detail: 'given; the job needs `pull-requests: write` to comment' }
    : { what, state: 'unknown', detail: restriction.sentence, hint: restriction.hint };
}
