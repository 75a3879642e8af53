import type { Execution } from '../engine/execution.ts';
import { serverTime } from '../engine/server-time.ts';
import type { AccessRequest } from '../providers/runner-access.ts';
import type { CommandName, Settings } from '../spec/catalogue.ts';
import type { OpenedRules } from './opened-rules.ts';

/** Commands that change nothing, and therefore open a firewall only when `runner_access_in_plan` allows it. */
const READING: readonly CommandName[] = ['plan', 'check', 'outputs', 'doctor', 'schema-diff', 'import'];

/** Minutes after `timeout_minutes` until a rule expires: the post step closes it before. */
const GRACE_MINUTES = 15;

/** What the inputs allow this run to open; `undefined` without `runner_access`. Nothing is asked or opened yet. */
export function accessRequest(
  runtime: Pick<Execution, 'clock' | 'log' | 'signal'>,
  settings: Settings,
  run: {
    readonly command: CommandName;
    /** The command ends with its plan. */
    readonly isDryRun: boolean;
    /** Workflow run and attempt. */
    readonly id: string;
    readonly timeoutMinutes: number;
  },
  rules: OpenedRules
): AccessRequest | undefined {
  const { runner_access: asked, runner_access_in_plan: inPlan, runner_address: given } = settings;
  if (asked === undefined || asked === false) return undefined;
  const { signal } = runtime;
  const ask = async (): Promise<string> => {
    const { ADDRESS_SERVICE, askRunnerAddress } = await import('./runner-address.ts');
    return askRunnerAddress(settings.runner_address_service ?? ADDRESS_SERVICE, signal);
  };
  let known: Promise<string> | undefined;
  return {
    isAllowed: inPlan === true || !(run.isDryRun || READING.includes(run.command)),
    keepsOpen: asked === 'job',
    run: run.id,
    get expiresAt() {
      return new Date(
        serverTime(runtime).getTime() + (lifeMinutes(asked, run.timeoutMinutes) + GRACE_MINUTES) * 60_000
      );
    },
    address: async (again = false) => {
      if (given !== undefined) return given;
      if (known === undefined || again) known = ask();
      return known;
    },
    ...rules
  };
}

/** A job lasts up to six hours on a hosted runner. */
const JOB_MINUTES = 360;

function lifeMinutes(asked: 'step' | 'job', timeoutMinutes: number): number {
  return asked === 'job' ? Math.max(JOB_MINUTES, timeoutMinutes) : timeoutMinutes;
}
