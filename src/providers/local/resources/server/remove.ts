import type { Work } from '../../../../engine/resource.ts';
import { ProviderError } from '../../../../errors.ts';
import { removeServerDirectory } from '../../cluster/server-directory.ts';
import { stopServer } from '../../cluster/stop.ts';
import type { LocalContext } from '../../context.ts';

/** Stops the server and removes its directory. */
export async function removeServer(context: LocalContext, { execution }: Pick<Work, 'execution'>): Promise<void> {
  const { layout, machine } = context;
  const { dataDirectory } = layout;
  const binDir = (await context.live())?.credentials.binDir ?? '';
  await stopServer(execution, { machine, dataDirectory, binDir, mode: 'immediate' });
  try {
    await removeServerDirectory(layout);
  } catch (thrown) {
    throw new ProviderError(`Could not remove ${layout.directory}: ${(thrown as Error).message}`, {
      kind: 'failed',
      hint: 'Remove it as a user who may, then run the step again.',
      cause: thrown
    });
  }
}
