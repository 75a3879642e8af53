import type { Observed } from '../../../engine/resource.ts';
import { SERVER } from '../addresses.ts';
import type { LocalContext } from '../context.ts';
import type { Located } from '../installation/installation.ts';

/** What `desired` needs besides the live resources. */
export interface LookUps {
  /** The binaries of a new server, or of the version that the inputs name; `undefined` when neither applies. */
  readonly located: Located | undefined;
}

export async function lookUp(context: LocalContext, observed: readonly Observed[]): Promise<LookUps> {
  const isNew = !observed.some(one => one.address === SERVER);
  const located = isNew || context.settings.engine_version !== undefined ? await context.located() : undefined;
  return { located };
}
