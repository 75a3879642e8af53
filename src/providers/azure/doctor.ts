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
 * What counts on the resource group alone: a subnet, a key and a workspace may belong to others, and what a region offers is asked of the
 * subscription.
 */
const OF_THE_GROUP =
  /^Microsoft\.(DBforPostgreSQL\/flexibleServers|Insights\/(metricAlerts|diagnosticSettings)|Authorization\/locks)\b/;

/** Says where we are, what the identity may not do, and what of the inputs is not to be had. Reads only. */
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
        ? 'allowed; there is no such database yet'
        : `allowed; the database is ${live.state ?? 'there'}`;
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

/** Something that is not as it must be, with the way out. */
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
  if (lacking.length === 0) return 'all there on the resource group';
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
  return live === undefined ? 'to be had' : 'to be had, or there already';
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
