import type { Notice, Plan } from '../engine/plan.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import type { Run } from './command.ts';

/**
 * The plan with a danger added when connections can't verify the server's certificate because its authority could not
 * be read. A server in between would not be noticed.
 */
export function withTlsNotice(run: Pick<Run, 'runtime'>, plan: Plan, database: DatabaseOutputs | undefined): Plan {
  if (database?.endpoint.sslmode !== 'require') return plan;
  const notice: Notice = {
    code: 'unverified-tls',
    severity: 'danger',
    message:
      "The server's certificate authority could not be read, so connections are encrypted to a server that is not verified (`sslmode=require`). Allow this run to read it: `doctor` names the permission."
  };
  run.runtime.log.warning(notice.message);
  return { ...plan, notices: [...plan.notices, notice] };
}
