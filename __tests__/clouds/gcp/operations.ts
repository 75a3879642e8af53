import { GcpFault } from './fault.ts';
import { text, type Json } from './json.ts';
import type { Operation, CloudState } from './state.ts';

const unfinished = (operation: Operation): boolean => operation.json['status'] !== 'DONE';

interface Begun {
  /** Others that are busy meanwhile. */
  readonly also?: readonly string[];
  /** What comes after `/instances/<name>` in the link to what it is about. */
  readonly below?: string;
  /** Polls until it is done. Default: the pace of operations. */
  readonly looks?: number;
  /** Takes back what showed at once, when it fails. */
  readonly undo?: () => void;
}

/** Starts one. Throws 409 `operationInProgress` when another works on that instance. */
export function begin(
  cloud: CloudState,
  instance: string,
  operationType: string,
  effect: () => void,
  { also = [], below = '', looks = cloud.pace.operation, undo = () => undefined }: Begun = {}
): Json {
  for (const one of [instance, ...also]) refuseBusy(cloud, one);
  const name = `00000000-0000-4000-8000-${String(cloud.number()).padStart(12, '0')}`;
  const link = `https://sqladmin.googleapis.com/v1/projects/${cloud.project}`;
  const error = cloud.fates.get(operationType);
  cloud.fates.delete(operationType);
  const json: Json = {
    kind: 'sql#operation',
    name,
    operationType,
    status: 'PENDING',
    insertTime: cloud.now(),
    user: 'deployer@shop-project.iam.gserviceaccount.com',
    targetId: instance,
    targetProject: cloud.project,
    targetLink: `${link}/instances/${instance}${below}`,
    selfLink: `${link}/operations/${name}`
  };
  const operation: Operation = { json, looks, unseen: cloud.pace.hidden, instance, also, effect, undo, error };
  cloud.operations.set(name, operation);
  if (looks > 0) return json;
  operation.looks = 1;
  return look(cloud, operation);
}

/** Throws what an instance answers that is at work. */
export function refuseBusy(cloud: CloudState, instance: string): void {
  const isAtWork = (one: Operation): boolean => one.instance === instance || one.also.includes(instance);
  if (![...cloud.operations.values()].some(one => isAtWork(one) && unfinished(one))) return;
  throw new GcpFault(
    409,
    'operationInProgress',
    'Operation failed because another operation was already in progress. Try your request after the current operation is complete.'
  );
}

/** A poll, which is what makes it progress. */
export function look(cloud: CloudState, operation: Operation): Json {
  if (!unfinished(operation)) return operation.json;
  operation.looks -= 1;
  if (operation.looks > 0) {
    operation.json = { ...operation.json, status: 'RUNNING', startTime: cloud.now() };
    return operation.json;
  }
  const apiWarning = cloud.warnings.get(text(operation.json['operationType']));
  const warned = apiWarning === undefined ? {} : { apiWarning };
  const done = { ...operation.json, ...warned, status: 'DONE', startTime: cloud.now(), endTime: cloud.now() };
  if (operation.error === undefined) {
    operation.effect();
    operation.json = done;
  } else {
    operation.undo();
    const errors = [{ kind: 'sql#operationError', ...operation.error }];
    operation.json = { ...done, error: { kind: 'sql#operationErrors', errors } };
  }
  return operation.json;
}

/** A read of the instance makes its operations progress too. */
export function pass(cloud: CloudState, instance: string): void {
  for (const operation of cloud.operations.values()) if (operation.instance === instance) look(cloud, operation);
}

/** Throws 404 for one that there is not, and for a while for one that is new. */
export function operationOf(cloud: CloudState, name: string): Operation {
  const found = cloud.operations.get(name);
  if (found === undefined || found.unseen > 0) {
    if (found !== undefined) found.unseen -= 1;
    throw new GcpFault(404, 'operationDoesNotExist', 'The Cloud SQL instance operation does not exist.');
  }
  return found;
}
