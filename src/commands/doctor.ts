import { defined } from '../engine/defined.ts';
import { ActionError } from '../errors.ts';
import { isOnTerminal } from '../github/event.ts';
import { NO_TOKEN, restrictionOf } from '../github/permission.ts';
import { branchFinding } from './branch-finding.ts';
import { forTerminal } from '../providers/login-hint.ts';
import type { Finding } from '../providers/provider.ts';
import type { RunResult } from '../publish/run-result.ts';
import type { Command, Run } from './command.ts';

/** Says which credentials, permissions and network reach the action has, and what is missing. Changes nothing. */
export const doctor: Command = async run => report(run, await run.session.doctor());

/**
 * The same where the provider could not be opened: what is wrong with it, and everything else. Throws the failure in a
 * run that gets no credentials.
 */
export async function doctorWithoutSession(run: Omit<Run, 'session'>, failure: ActionError): Promise<RunResult> {
  if (restrictionOf(run.event) !== undefined) throw failure;
  const { message, hint } = failure;
  const what = failure.code === 'credentials-missing' ? 'Credentials of the provider' : 'Provider';
  return report(run, [defined({ what, state: 'missing' as const, detail: message, hint })], failure);
}

async function report(
  run: Omit<Run, 'session'>,
  ofProvider: readonly Finding[],
  failure?: ActionError
): Promise<RunResult> {
  const github = isOnTerminal(run.event) ? undefined : tokenFinding(run);
  const ofGithub = github === undefined ? [] : [github, ...(await branchFinding(run))];
  const findings = [...ofProvider.map(fitted(run)), ...ofGithub];
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
          error:
            failure ??
            new ActionError(
              `${missing.what}: ${missing.detail}`,
              defined({ code: 'credentials-missing', source: 'user', hint: missing.hint })
            )
        })
  };
}

/** On a terminal, findings name the cloud's own login. */
function fitted({ event, provider: { login } }: Omit<Run, 'session'>): (finding: Finding) => Finding {
  if (login === undefined || !isOnTerminal(event)) return finding => finding;
  return ({ hint, detail, ...finding }) => ({
    ...finding,
    detail: forTerminal(detail, login),
    ...(hint === undefined ? {} : { hint: forTerminal(hint, login) })
  });
}

function tokenFinding({ event, inputs }: Omit<Run, 'session'>): Finding {
  const what = 'GitHub token';
  if ((inputs.secrets.get('github_token') ?? '') === '')
    return { what, state: 'missing', detail: NO_TOKEN.sentence, hint: NO_TOKEN.hint };
  const restriction = restrictionOf(event);
  return restriction === undefined
    ? { what, state: 'ok', detail: 'given; the job needs `pull-requests: write` to comment' }
    : { what, state: 'unknown', detail: restriction.sentence, hint: restriction.hint };
}
