import { orUndefined } from '../../../failures.ts';
import { isRunnerRule } from '../../../runner-access.ts';
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
  const kept = now.filter(rule => isOther(rule) && !networks.some(value => network(value) === network(rule.value)));
  const ours = networks.map(
    value => now.find(rule => !isOther(rule) && network(rule.value) === network(value)) ?? { type: 'ip_addr', value }
  );
  await putSources(context, id, [...kept, ...ours]);
}

/** Replaces the whole list. */
export async function putSources(
  { api }: Pick<DigitalOceanContext, 'api'>,
  id: string,
  sources: readonly Rule[]
): Promise<void> {
  const rules = sources.map(({ type, value, description = '' }) => ({
    type,
    value: type === 'ip_addr' ? network(value) : value,
    ...(description === '' ? {} : { description })
  }));
  await api.rest('PUT', `/databases/${id}/firewall`, { rules });
}

/** Whether a source is not a network of the inputs: of another kind, or opened for a runner. */
export function isOther({ type, description }: Pick<Rule, 'type' | 'description'>): boolean {
  return type !== 'ip_addr' || isRunnerRule(description);
}
