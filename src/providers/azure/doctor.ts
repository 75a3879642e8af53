import { ProviderError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import type { AzureWorld } from './azure-world.ts';

/** Says where we are and what of reading is missing. Reads only. */
export async function examine(world: AzureWorld): Promise<readonly Finding[]> {
  const { target, resourceGroup } = world;
  const reading = world.reading();
  return [
    { what: 'Azure subscription', state: 'ok', detail: `${target.account}, resource group ${resourceGroup}` },
    { what: 'Location', state: 'ok', detail: target.region },
    await finding('Read servers', async () => {
      const live = await reading.main();
      return live === undefined
        ? 'allowed; there is no such database yet'
        : `allowed; the database is ${live.state ?? 'there'}`;
    }),
    await finding('Read locks', async () => {
      await reading.locks();
      return 'allowed';
    }),
    await finding('Read what the region offers', async () => {
      const [offer] = await reading.capabilities(target.region);
      return offer?.restricted === 'Enabled' ? 'allowed; the region is closed to this subscription' : 'allowed';
    })
  ];
}

async function finding(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await check() };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    const isKnown = !['throttled', 'transient'].includes(thrown.kind);
    const { message, hint } = thrown;
    return { what, state: isKnown ? 'missing' : 'unknown', detail: message, ...(hint === undefined ? {} : { hint }) };
  }
}
