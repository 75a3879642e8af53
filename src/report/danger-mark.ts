import type { Change, Plan } from '../engine/plan.ts';
import type { FieldValue } from '../engine/value.ts';

/** Stands before a value that a danger notice is about. */
export const DANGER = '🚨';

/** Inputs that list networks: of their changes, only the networks of every address are the danger. */
const NETWORK_INPUTS: readonly string[] = ['allowed_cidr_blocks', 'security_group_rules'];
const EVERYONE: readonly string[] = ['0.0.0.0/0', '::/0'];

/** Tells which changes of a plan a danger notice is about. */
export function dangerIn({ notices }: Plan): (change: Change) => boolean {
  const inputs = notices.flatMap(({ severity, input }) =>
    severity === 'danger' && input !== undefined ? [input] : []
  );
  const networks = inputs.some(input => NETWORK_INPUTS.includes(input));
  return change => {
    const { field, input = field } = change;
    return NETWORK_INPUTS.includes(input) ? networks && opensToEveryone(change) : inputs.includes(input);
  };
}

/**
 * A list names its networks in its value; a rule names its network in its field: `rules.ingress tcp 5432 0.0.0.0/0`.
 */
function opensToEveryone({ field, to }: Change): boolean {
  if (to === null) return false;
  if (!Array.isArray(to))
    return (
      !field.includes('egress') &&
      EVERYONE.some(network => [`.${network}`, ` ${network}`].some(end => field.endsWith(end)))
    );
  const listed = to as readonly FieldValue[];
  // With no network listed, what the notice says of the input is about the empty list.
  return listed.length === 0 || listed.some(network => typeof network === 'string' && EVERYONE.includes(network));
}
