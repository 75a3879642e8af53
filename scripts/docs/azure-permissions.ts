import { applyActions, planActions } from '../../src/providers/azure/permissions.ts';
import { TYPES } from '../../src/providers/azure/provider.ts';

/** On things that may lie elsewhere than the database: each is allowed where it is, and only to those who use it. */
const ELSEWHERE = /^Microsoft\.(Network|ManagedIdentity|OperationalInsights)\//;
/** These are asked of the subscription, not of a resource group. */
const OF_THE_SUBSCRIPTION =
  /^Microsoft\.(DBforPostgreSQL\/(locations|checkNameAvailability)\/|Insights\/eventtypes\/|Resources\/subscriptions\/read)/;

/** Role for a plan, on the resource group: reads only. */
export function azurePlanRole(): string {
  return role('pgkeep plan', 'Looks at PostgreSQL Flexible Servers', here(planActions(TYPES)));
}

/** Role for an apply, on the resource group, in addition to the one for a plan. */
export function azureApplyRole(): string {
  return role('pgkeep apply', 'Makes, changes and deletes PostgreSQL Flexible Servers', here(applyActions(TYPES)));
}

/** Role on the subscription: what regions offer, names, operations that go on. */
export function azureSubscriptionRole(): string {
  const actions = [...planActions(TYPES), ...applyActions(TYPES)].filter(action => OF_THE_SUBSCRIPTION.test(action));
  const scope = '/subscriptions/SUBSCRIPTION';
  return role('pgkeep subscription', 'Asks what a region offers, and follows operations', actions.toSorted(), scope);
}

function here(actions: readonly string[]): readonly string[] {
  return actions.filter(action => !ELSEWHERE.test(action) && !OF_THE_SUBSCRIPTION.test(action));
}

function role(
  name: string,
  description: string,
  actions: readonly string[],
  scope = '/subscriptions/SUBSCRIPTION/resourceGroups/GROUP'
): string {
  const body = { Name: name, Description: description, Actions: actions, AssignableScopes: [scope] };
  return `\`\`\`json\n${JSON.stringify(body, null, 2)}\n\`\`\``;
}
