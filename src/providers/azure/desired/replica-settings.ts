import type { Configuration } from '@azure/arm-postgresql-flexible';
import type { Desired, Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ensure } from '../../desired-resources.ts';
import { FIREWALL, PARAMETERS, replicaSettingsAddress, SERVER_GROUP } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { RULES } from '../resources/firewall.ts';
import { PREFIX } from '../resources/parameters.ts';
import { replicaSettings as kind, replicaSettingsTitle, SHARED } from '../resources/replica-settings.ts';
import { nameAt } from '../resources/replica.ts';

/** The settings of the replicas, and what they mean for the server's own parameters. */
export interface ReplicaSettings {
  readonly desired: readonly Desired[];
  /** Addresses of the settings that change before the server's parameters. */
  readonly before: readonly string[];
  readonly problems: readonly Problem[];
}

interface WantedSettings {
  readonly replicas: readonly Desired[];
  readonly firewall: Desired | undefined;
  /** Whether an input says which rules there should be, even if none. */
  readonly hasRules: boolean;
  readonly parameters: Desired | undefined;
  readonly configurations: ReadonlyMap<string, Configuration>;
}

/**
 * The server's rules, and the parameters that may never be lower than the server's: raised before it, lowered after it.
 */
export function desiredReplicaSettings(
  context: AzureContext,
  observed: readonly Observed[],
  { replicas, firewall, hasRules, parameters, configurations }: WantedSettings
): ReplicaSettings {
  const rules = Object.entries(firewall?.fields ?? {}).filter(([name]) => name.startsWith(RULES));
  const shared = Object.entries(parameters?.fields ?? {}).filter(([name]) =>
    SHARED.includes(name.slice(PREFIX.length))
  );
  const pending = parameters?.fields['restart_pending'];
  const steps = shared.map(
    ([name, { value }]) => Number(value) - Number(configurations.get(name.slice(PREFIX.length))?.value)
  );
  const [rises, falls] = [steps.some(step => step > 0), steps.some(step => step < 0)];
  if (!hasRules && shared.length === 0) return { desired: [], before: [], problems: [] };
  const isLive = (address: string): boolean => observed.some(one => one.address === address);
  const desired = replicas
    .filter(({ presence }) => presence === 'present')
    .map(replica => {
      const address = replicaSettingsAddress(replica.address.slice('replica/'.length));
      const isFirst = isLive(address) && !falls;
      return ensure(
        { settings: {} },
        kind,
        address,
        replicaSettingsTitle(nameAt(context, replica.address)),
        Object.fromEntries([
          ...rules,
          ...shared,
          ...(shared.length > 0 && pending !== undefined && isLive(address)
            ? [['restart_pending', pending] as const]
            : [])
        ]),
        {
          dependsOn: [replica.address, ...(isFirst ? [] : [FIREWALL, PARAMETERS])],
          ...(isFirst ? {} : { follows: [PARAMETERS] }),
          concurrencyGroup: SERVER_GROUP,
          complete: hasRules ? ['rules'] : []
        }
      );
    });
  const live = desired.filter(({ address }) => isLive(address));
  return {
    desired,
    before: falls ? [] : live.map(({ address }) => address),
    problems: rises && falls && live.length > 0 ? [bothWays] : []
  };
}

const bothWays: Problem = {
  input: 'parameters',
  why: `raises some of ${SHARED.map(name => `\`${name}\``).join(', ')} and lowers others: a replica is raised before its server and lowered after it`,
  allowed: 'one change after the other, in two applies'
};
