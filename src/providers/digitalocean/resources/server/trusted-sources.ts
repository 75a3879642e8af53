import { orUndefined } from '../../../failures.ts';
import type { Rule } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { network } from './convert.ts';

/** DigitalOcean's limit for a cluster, sources of every kind together. */
export const MOST_SOURCES = 100;

/** The trusted sources of a cluster, of every kind. */
export async function rulesAt({ api }: Pick<DigitalOceanContext, 'api'>, id: string): Promise<readonly Rule[]> {
  const answer = await orUndefined(api.rest<{ rules?: readonly Rule[] | null }>('GET', `/databases/${id}/firewall`));
  return answer?.rules ?? [];
}

/**
 * Lets these networks connect and no others. DigitalOcean replaces the whole list, so it is read again first: tags,
 * apps, droplets and Kubernetes clusters that others let in stay, and so do descriptions.
 */
export async function replaceSources(
  context: DigitalOceanContext,
  id: string,
  networks: readonly string[]
): Promise<void> {
  const now = await rulesAt(context, id);
  const kept = now.filter(isOther);
  const ours = networks.map(
    value => now.find(rule => !isOther(rule) && network(rule.value) === network(value)) ?? { type: 'ip_addr', value }
  );
  const rules = [...kept, ...ours].map(({ type, value, description = '' }) => ({
    type,
    value: type === 'ip_addr' ? network(value) : value,
    ...(description === '' ? {} : { description })
  }));
  await context.api.rest('PUT', `/databases/${id}/firewall`, { rules });
}

/** Whether a source is something else than a network. No input names such sources. */
export function isOther({ type }: Pick<Rule, 'type'>): boolean {
  return type !== 'ip_addr';
}
