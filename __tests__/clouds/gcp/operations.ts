import { GcpFault } from './fault.ts';
import type { Json } from './json.ts';
import type { Operation, World } from './world.ts';

const unfinished = (operation: Operation): boolean => operation.json['status'] !== 'DONE';

/** Starts one. Throws 409 `operationInProgress` when another works on that instance. */
export function begin(world: World, instance: string, operationType: string, effect: () => void): Json {
  refuseBusy(world, instance);
  const name = `00000000-0000-4000-8000-${String(world.number()).padStart(12, '0')}`;
  const link = `https://sqladmin.googleapis.com/v1/projects/${world.project}`;
  const error = world.fates.get(operationType);
  world.fates.delete(operationType);
  const json: Json = {
    kind: 'sql#operation',
    name,
    operationType,
    status: 'PENDING',
    insertTime: world.now(),
    user: 'deployer@shop-project.iam.gserviceaccount.com',
    targetId: instance,
    targetProject: world.project,
    targetLink: `${link}/instances/${instance}`,
    selfLink: `${link}/operations/${name}`
  };
  world.operations.set(name, { json, looks: world.pace.operation, instance, effect, error });
  return json;
}

export function refuseBusy(world: World, instance: string): void {
  if (![...world.operations.values()].some(one => one.instance === instance && unfinished(one))) return;
  throw new GcpFault(
    409,
    'operationInProgress',
    'Operation failed because another operation was already in progress. Try your request after the current operation is complete.'
  );
}

/** A look at it, which is what makes it go on. */
export function look(world: World, operation: Operation): Json {
  if (!unfinished(operation)) return operation.json;
  operation.looks -= 1;
  if (operation.looks > 0) {
    operation.json = { ...operation.json, status: 'RUNNING', startTime: world.now() };
    return operation.json;
  }
  const done = { ...operation.json, status: 'DONE', startTime: world.now(), endTime: world.now() };
  if (operation.error === undefined) {
    operation.effect();
    operation.json = done;
  } else {
    const errors = [{ kind: 'sql#operationError', ...operation.error }];
    operation.json = { ...done, error: { kind: 'sql#operationErrors', errors } };
  }
  return operation.json;
}

/** A look at the instance makes its operations go on too. */
export function pass(world: World, instance: string): void {
  for (const operation of world.operations.values()) if (operation.instance === instance) look(world, operation);
}

export function operationOf(world: World, name: string): Operation {
  const found = world.operations.get(name);
  if (found === undefined)
    throw new GcpFault(404, 'operationDoesNotExist', 'The Cloud SQL instance operation does not exist.');
  return found;
}
