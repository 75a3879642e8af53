import { mutate } from '../../api/operation.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { readServer, waitUntilGone } from './wait.ts';

/** Deletes a server and waits until it is gone. Succeeds when it is gone already, or is being deleted. */
export async function removeServer(context: AzureContext, name: string): Promise<void> {
  const isGoing = async (): Promise<boolean> => ((await readServer(context, name))?.state ?? 'Dropping') === 'Dropping';
  if (!(await isGoing())) {
    try {
      await mutate(context, {
        what: `delete ${name}`,
        usually: '1–5 min',
        operation: `${SERVERS}/delete`,
        send: async (client, options) => client.servers.beginDelete(context.resourceGroup, name, options)
      });
    } catch (thrown) {
      // Azure refuses a second deletion while an earlier one, whose answer was lost, is running.
      context.execution.signal.throwIfAborted();
      if (!(await isGoing())) throw thrown;
    }
  }
  await waitUntilGone(context, name);
}
