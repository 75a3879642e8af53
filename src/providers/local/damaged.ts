import { ActionError } from '../../errors.ts';
import { serverProcess } from './cluster/inspect.ts';
import type { ServerLayout } from './cluster/layout.ts';
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
  const pid = await serverProcess(dataDirectory, machine);
  const remove = pid === undefined ? 'Remove' : `End the process ${pid} and remove`;
  return new ActionError(`Could not read the local server ${spec.name}: ${reason}`, {
    code: 'server-failed',
    source: 'provider',
    cause,
    hint: `${remove} ${directory} if you do not need its data, and apply again.`
  });
}
