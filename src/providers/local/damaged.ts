import { ActionError } from '../../errors.ts';
import { inspectServer } from './cluster/inspect.ts';
import type { ServerLayout } from './cluster/layout.ts';
import { findPostmasterOf } from './cluster/postmaster.ts';
import type { Machine } from './installation/machine.ts';

interface Damaged {
  readonly spec: { readonly name: string };
  readonly layout: ServerLayout;
  readonly machine: Machine;
}

/** A local server whose files no step can go on with, and the way to a new one. */
export async function damagedServer(
  { spec, layout, machine }: Damaged,
  reason: string,
  cause?: unknown
): Promise<ActionError> {
  const { directory, dataDirectory } = layout;
  const found = await inspectServer(dataDirectory, machine);
  const pid = found.state === 'running' ? found.pid : await findPostmasterOf(dataDirectory, machine);
  const stop = pid === undefined ? '' : `End the process ${pid} and remove`;
  return new ActionError(`Could not read the local server ${spec.name}: ${reason}`, {
    code: 'server-failed',
    source: 'provider',
    cause,
    hint: `${stop === '' ? 'Remove' : stop} ${directory} if you do not need its data, and apply again.`
  });
}
