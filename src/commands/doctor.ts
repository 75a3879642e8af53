import { defined } from '../engine/defined.ts';
import { ActionError } from '../errors.ts';
import { writeAccess } from '../github/permission.ts';
import type { Finding } from '../providers/provider.ts';
import type { Command } from './command.ts';

/** Says which credentials, permissions and network reach the action has, and what is missing. Changes nothing. */
export const doctor: Command = async run => {
  const access = writeAccess(run.event, run.inputs.secrets.get('github_token') ?? '');
  const github: Finding =
    access.kind === 'expected'
      ? { what: 'GitHub token', state: 'ok', detail: 'given; the job needs `pull-requests: write` to comment' }
      : { what: 'GitHub token', state: 'missing', detail: access.sentence, hint: access.hint };
  const findings = [...(await run.session.doctor()), github];
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
