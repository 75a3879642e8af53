import { ActionError } from '../errors.ts';
import type { ApplyRequest } from './apply-request.ts';
import { knownFrom } from './diff.ts';
import type { Step } from './plan.ts';
import { fieldRule, type Facts, type FieldTable, type Observed, type Work } from './resource.ts';
import type { Address } from './impact.ts';
import { isSecretName, referencesIn, withReferences, type FieldValue, type Reference, type Value } from './value.ts';

/**
 * Runs one step and returns what the provider decided, or that the resource was deleted. The only place where secrets
 * and references get their values. `foundExisting` is called where a resource that was to be created was there.
 */
export async function performStep<W>(
  request: ApplyRequest<W>,
  step: Step,
  observed: Observed | undefined,
  facts: ReadonlyMap<Address, Facts>,
  foundExisting: () => void
): Promise<Facts | 'gone'> {
  const type = request.types[step.type];
  if (type === undefined) throw bug(`No resource type ${step.type}`);
  const work: Work = {
    address: step.address,
    values: {
      ...sentAlong(step, type.fields, request),
      ...Object.fromEntries(step.changes.map(change => [change.field, resolved(change.to, step, request, facts)]))
    },
    changes: step.changes,
    observed,
    mark: request.mark,
    execution: request.execution
  };
  switch (step.action) {
    case 'create':
      return type.create(request.context, { ...work, foundExisting });
    case 'update':
    case 'adopt':
      return type.update(request.context, work);
    case 'delete':
      await type.remove(request.context, work);
      return 'gone';
    case 'none':
    case 'blocked':
      throw bug(`${step.title} is ${step.action}: there is nothing to run`);
  }
}

/** Secrets that cannot be compared, and that a printed change announces. */
function sentAlong<W>(step: Step, table: FieldTable, request: ApplyRequest<W>): Readonly<Record<string, Value>> {
  const names = step.changes.flatMap(({ field }) => fieldRule(table, field)?.sends ?? []);
  return Object.fromEntries(names.map(name => [name, request.secret(name)]));
}

function resolved<W>(
  value: FieldValue,
  step: Step,
  request: ApplyRequest<W>,
  facts: ReadonlyMap<Address, Facts>
): Value {
  if (isSecretName(value)) return request.secret(value.$secret);
  const resolvedValue = withReferences(value, ({ $ref, fact }) => facts.get($ref)?.[fact]);
  const [missing] = referencesIn(resolvedValue);
  if (missing === undefined) return resolvedValue as Value;
  const permission = knownFrom(request.observed).hidden(missing);
  if (permission !== undefined) throw unreadable(step, missing, permission);
  throw bug(`${step.title} needs ${missing.fact} of ${missing.$ref}, which is not known`);
}

function unreadable(step: Step, { $ref }: Reference, permission: string): ActionError {
  return new ActionError(`${step.title} needs ${$ref}, which exists but may not be read`, {
    code: 'permission-denied',
    source: 'user',
    hint: `Allow \`${permission}\`.`
  });
}

function bug(message: string): ActionError {
  return new ActionError(message, { code: 'internal', source: 'bug' });
}
