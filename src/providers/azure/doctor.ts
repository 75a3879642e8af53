import { defined } from '../../engine/defined.ts';
import type { ResourceType } from '../../engine/resource.ts';
import { ProviderError } from '../../errors.ts';
import { describeProblem } from '../../spec/problem.ts';
import { withOriginalNames } from '../with-original-names.ts';
import type { Finding } from '../provider.ts';
import { applyActions, notGranted, planActions, READ_GRANTS, type Grant } from './permissions.ts';
import type { AzureContext } from './context.ts';
import { desiredServer } from './desired/server.ts';
import { isAsked } from './observe-part.ts';
import { checkOffer } from './checks/availability.ts';
import { versionOf } from './desired/version.ts';

/**
 * Permissions that must hold on the resource group. A subnet, a key and a workspace may be in another group, and a
 * region's offers belong to the subscription.
 */
const OF_THE_GROUP =
  /^Microsoft\.(DBforPostgreSQL\/flexibleServers|Insights\/(metricAlerts|diagnosticSettings)|Authorization\/locks)\b/;

/** Reports the place, the missing permissions, and the inputs that Azure would refuse. Reads only. */
export async function examine(
  context: AzureContext,
  types: readonly ResourceType<AzureContext>[]
): Promise<readonly Finding[]> {
  const { target, resourceGroup } = context;
  const liveState = context.liveState();
  const used = types.filter(type => isAsked(type, context));
  const checks = [
    finding('Read servers', async () => {
      const live = await liveState.main();
      return live === undefined
        ? 'allowed; the database does not exist yet'
        : `allowed; the database is ${live.state ?? 'known'}`;
    }),
    finding('Permissions to plan', async () => granted(context, planActions(used))),
    finding('Permissions to apply', async () => granted(context, applyActions(used))),
    finding('Region, size, version and name', async () => offered(context))
  ];
  return [
    { what: 'Azure subscription', state: 'ok', detail: `${target.account}, resource group ${resourceGroup}` },
    { what: 'Location', state: 'ok', detail: target.region },
    ...(await Promise.all(checks))
  ];
}

/** A failed check, with its hint. */
class Missing extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

async function granted({ azure, groupId }: AzureContext, actions: readonly string[]): Promise<string> {
  const path = `${groupId}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
  const grants = (await azure.list(READ_GRANTS, path)) as readonly Grant[];
  const lacking = notGranted(
    actions.filter(action => OF_THE_GROUP.test(action)),
    grants
  );
  if (lacking.length === 0) return 'all allowed on the resource group';
  throw new Missing(lacking.join(', '), 'Allow them in the role of this identity: docs/permissions/azure.md.');
}

async function offered(context: AzureContext): Promise<string> {
  const live = await context.liveState().main();
  const version = versionOf(context, live);
  const { problems, notices } = await checkOffer(
    context,
    desiredServer(context, live, undefined, version),
    live,
    undefined
  );
  const all = withOriginalNames(context.spec, [...version.problems, ...problems]);
  if (all.length > 0) throw new Missing(all.map(describeProblem).join('; '), 'Correct these inputs.');
  const [unchecked] = notices;
  if (unchecked !== undefined)
    throw new Missing(unchecked.message, 'Allow it in the role of this identity: docs/permissions/azure.md.');
  return live === undefined ? 'offered' : 'offered, or in use already';
}

async function finding(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await check() };
  } catch (thrown) {
    if (thrown instanceof Missing) return { what, state: 'missing', detail: thrown.message, hint: thrown.hint };
    if (!(thrown instanceof ProviderError)) throw thrown;
    const isKnown = !['throttled', 'transient'].includes(thrown.kind);
    const { message, hint } = thrown;
    return defined({ what, state: isKnown ? 'missing' : 'unknown', detail: message, hint });
  }
}
