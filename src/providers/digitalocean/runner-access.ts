import ipaddr from 'ipaddr.js';
import { ActionError } from '../../errors.ts';
import type { Firewall, FirewallEntry, RunnerAccess } from '../runner-access.ts';
import { NOT_READY } from '../way-in.ts';
import { rulesAt } from './api/clusters.ts';
import type { Rule } from './api/types.ts';
import type { DigitalOceanContext } from './context.ts';
import { network } from './resources/server/convert.ts';
import { MOST_SOURCES, putSources } from './resources/server/trusted-sources.ts';
import { whenOnline } from './resources/server/wait.ts';

/** How often the list is written again when another writer replaced it in the meantime. */
const MOST_TRIES = 5;

/**
 * Trusted sources by their descriptions. DigitalOcean replaces the whole list and has no version of it: it is read
 * before it is written, and again after. A list without a source admits everyone, so that none is ever left.
 */
export const runnerAccess: RunnerAccess<DigitalOceanContext> = {
  settlesSeconds: 60,
  permissions: { observe: ['database:read'], create: ['database:update'], update: [], delete: ['database:update'] },
  read: async (context, _address): Promise<Firewall> => {
    const live = await context.live();
    if (live === undefined) return { ...NOT_READY, kind: 'closed' };
    const rules = await rulesAt(context, `/databases/${live.id}`);
    return rules.length === 0 ? { kind: 'open' } : { kind: 'guarded', entries: rules.map(entryOf) };
  },
  admit: async (context, { name, address }) =>
    replace(context, rules => {
      // Everyone is admitted meanwhile: a first source would lock all others out.
      if (rules.length === 0) return undefined;
      if (rules.some(rule => rule.type === 'ip_addr' && network(rule.value) === address)) return undefined;
      if (rules.length >= MOST_SOURCES) throw full(context.target.name);
      return [...rules, { type: 'ip_addr', value: address, description: name }];
    }),
  dismiss: async (context, names) =>
    replace(context, rules => {
      const rest = rules.filter(({ description = '' }) => !names.includes(description));
      if (rest.length === rules.length) return undefined;
      if (rest.length === 0) throw last(context.target.name);
      return rest;
    })
};

/** `next` returns `undefined` when the list is as it should be. */
async function replace(
  context: DigitalOceanContext,
  next: (rules: readonly Rule[]) => readonly Rule[] | undefined
): Promise<void> {
  const live = await context.live();
  if (live === undefined) return;
  const write = async (): Promise<boolean> => {
    const rules = next(await rulesAt(context, `/databases/${live.id}`));
    if (rules === undefined) return true;
    await putSources(context, live.id, rules);
    return false;
  };
  for (let tried = 1; tried <= MOST_TRIES; tried += 1) {
    if (
      await whenOnline({ ...context, options: { ...context.options, wait: true } }, context.execution, live.id, write)
    )
      return;
  }
  throw new ActionError(
    `Could not change the trusted sources of ${context.target.name}: others replace them again and again`,
    {
      code: 'provider-failed',
      source: 'provider',
      hint: 'Run the step again when no other run or person changes the trusted sources.'
    }
  );
}

function entryOf({ type, value, description = '' }: Rule): FirewallEntry {
  const isAddress = type === 'ip_addr';
  const cidr = value.includes('/') ? value : `${value}/32`;
  return {
    name: description,
    title: isAddress ? value : `${type} ${value}`,
    admits: address => isAddress && ipaddr.IPv4.isValidCIDR(cidr) && ipaddr.parse(address).match(ipaddr.parseCIDR(cidr))
  };
}

function full(name: string): ActionError {
  return new ActionError(`Could not admit this runner to ${name}: the cluster has ${MOST_SOURCES} trusted sources`, {
    code: 'provider-failed',
    source: 'user',
    hint: 'Join networks in `allowed_cidr_blocks`, or remove sources that are no longer needed.'
  });
}

function last(name: string): ActionError {
  return new ActionError(
    `Could not remove the trusted source of this runner from ${name}: it is the last one, and a cluster without any is open to everyone`,
    {
      code: 'provider-failed',
      source: 'user',
      hint: 'Set `allowed_cidr_blocks`, apply it, and run `command: sweep` with `runner_access`.'
    }
  );
}
