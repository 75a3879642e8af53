import type { Execution } from '../engine/execution.ts';
import { asActionError } from '../errors.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import type { Admission, OpenedAccess } from './runner-access.ts';

/** Seconds between two attempts to connect while a new rule settles. */
const PAUSE_SECONDS = 2;

const LATER = 'Run the step again, or run it where the server can be reached.';

/**
 * The direct way through a firewall that is opened to this runner first. Waits by connecting, as long as a new rule may
 * take to count. When no connection comes about, the address of the runner is asked for once more: it may have changed
 * within the job.
 */
export function runnerWayIn(direct: WayIn, access: OpenedAccess, execution: Execution): WayIn {
  const { clock, log, signal } = execution;
  const admit = async (again = false): Promise<Admission> => {
    try {
      return await access.admit(again);
    } catch (thrown) {
      signal.throwIfAborted();
      const { message, hint } = asActionError(thrown);
      return { kind: 'not-admitted', why: `its firewall could not be opened: ${message}`, hint: hint ?? LATER };
    }
  };
  return {
    ...direct,
    title: 'through a rule for this runner',
    open: async (entry, stop) => {
      let admission = await admit();
      let isRenewed = false;
      for (;;) {
        // Without a rule too: a runner in the network of the server, or in a range that lasts, needs none.
        const opened = await direct.open(entry, stop);
        if (opened.kind === 'open') return opened;
        if (admission.kind === 'not-admitted') return notReachable(admission);
        const seconds = (clock.now().getTime() - admission.since.getTime()) / 1000;
        if (seconds < admission.settlesSeconds) {
          log.debug(`Not connected yet, ${Math.round(seconds)} s after the firewall admitted ${admission.address}`);
          await clock.sleep(PAUSE_SECONDS, signal);
        } else if (isRenewed) {
          return {
            kind: 'not-reachable',
            why: `${opened.why}, although the firewall admits ${admission.address}`,
            hint: 'Set `runner_address` to the address by which this runner leaves its network, and check that it may leave on this port.'
          };
        } else {
          isRenewed = true;
          admission = await admit(true);
        }
      }
    }
  };
}

function notReachable({ why, hint }: Exclude<Admission, { readonly kind: 'admitted' }>): NotReachable {
  return { kind: 'not-reachable', why, hint };
}
