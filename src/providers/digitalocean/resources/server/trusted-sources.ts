import { entriesOfOthers } from '../../../entries-of-others.ts';
import { rulesAt } from '../../api/clusters.ts';
import type { Rule } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { isNetwork, network, OWN_SOURCE, rulesOf } from './convert.ts';

/** DigitalOcean's limit for a cluster, sources of every kind together. */
export const MOST_SOURCES = 100;

/**
 * Lets these networks connect. DigitalOcean replaces the whole list, so it is read again first: what others let in
 * stays, and so do descriptions.
 */
export async function replaceSources(
  context: DigitalOceanContext,
  id: string,
  networks: readonly string[]
): Promise<void> {
  const now = await rulesAt(context, `/databases/${id}`);
  const kept = sourcesOfOthers(now, networks);
  const ours = rulesOf(networks).map(wanted => {
    const live = now.find(rule => isNetwork(rule) && network(rule.value) === wanted.value);
    // One without a description becomes ours.
    return live === undefined || (live.description ?? '') === '' ? wanted : live;
  });
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

/** The sources that others let in: whatever is no network, and networks without our mark that no input asks for. */
export function sourcesOfOthers(rules: readonly Rule[], asked: readonly string[]): readonly Rule[] {
  const networks = new Set(asked.map(network));
  return entriesOfOthers(rules, {
    isMarked: rule => isNetwork(rule) && rule.description === OWN_SOURCE,
    isAsked: rule => rule.type === 'ip_addr' && networks.has(network(rule.value))
  });
}
