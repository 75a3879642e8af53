import type { OperationName } from '../engine/operation.ts';
import type { Refusal } from '../engine/plan.ts';
import type { Run } from './command.ts';

/** What the workflow has to set before an operation that hurts. */
interface Confirmation {
  readonly rule: string;
  /** Why, in a sentence. */
  readonly message: string;
  /** A switch, or an input that repeats the name of the database. */
  readonly input: 'allow_restart' | 'confirm_failover';
}

/** One entry for each operation; `undefined` asks for nothing. */
const CONFIRMATIONS: Readonly<Record<OperationName, Confirmation | undefined>> = {
  stop: undefined,
  start: undefined,
  restart: {
    rule: 'restart',
    message: 'A restart cuts all connections, and `allow_restart` is not set.',
    input: 'allow_restart'
  },
  failover: {
    rule: 'confirm-failover',
    message: 'A failover cuts all connections, and it is not confirmed.',
    input: 'confirm_failover'
  },
  // The provider asks for it, since it knows the replicas.
  promote: undefined,
  switchover: undefined,
  rotate: undefined,
  // The provider asks for it, where something is pending.
  maintenance: undefined
};

/** Why the workflow does not allow the operation; `undefined` when it does. */
export function unconfirmed({ inputs, session }: Run, operation: OperationName): Refusal | undefined {
  const asked = CONFIRMATIONS[operation];
  if (asked === undefined) return undefined;
  const { rule, message, input } = asked;
  const names = [session.target.name, inputs.spec.name];
  const said = inputs.run[input];
  if (said === true || (typeof said === 'string' && names.includes(said))) return undefined;
  const value = input === 'allow_restart' ? 'true' : inputs.spec.name;
  return { rule, message, hint: `Set \`${input}: ${value}\`.` };
}
