import { AzureFault } from './azure-fault.ts';
import type { Operation, ServerRecord, CloudState } from './state.ts';

/** Throws the answer of a server that is busy, or only seems ready. */
export function refuseBusy(cloud: CloudState, server: ServerRecord): void {
  if (server.properties['state'] === 'Dropping')
    throw new AzureFault(409, 'Conflict', 'Operations on a server group in dropping state are not allowed.');
  if (server.operation !== undefined) {
    look(cloud, server.operation);
    throw new AzureFault(409, 'ServerIsBusy', `Cannot complete operation because server '${server.name}' is busy.`);
  }
  if (server.busyFor > 0) {
    server.busyFor -= 1;
    throw new AzureFault(409, 'ServerIsBusy', `Cannot complete operation because server '${server.name}' is busy.`);
  }
}

/** Throws what a stopped server answers: nothing in it can be changed. */
export function refuseStopped(server: ServerRecord): void {
  if (server.properties['state'] !== 'Stopped') return;
  throw new AzureFault(400, 'OperationNotAllowed', `The server '${server.name}' is stopped: start it first.`);
}

/** Begins an operation on a server: one at a time. It ends after `looks` polls, and then calls `done`. */
export function begin(
  cloud: CloudState,
  server: ServerRecord,
  state: string | undefined,
  looks: number,
  done: () => void = () => undefined
): Operation {
  const fate = cloud.dooms.get(server.name);
  cloud.dooms.delete(server.name);
  const operation: Operation = {
    id: cloud.id(),
    server: server.id.toLowerCase(),
    left: looks,
    status: 'InProgress',
    fate,
    done
  };
  server.operation = operation;
  if (state !== undefined) server.properties = { ...server.properties, state };
  cloud.operations.set(operation.id, operation);
  return operation;
}

/** One poll of an operation, at its own address or at the server. */
export function look(cloud: CloudState, operation: Operation): Operation {
  if (operation.status !== 'InProgress') return operation;
  operation.left -= 1;
  if (operation.left > 0) return operation;
  const server = cloud.servers.get(operation.server);
  if (server !== undefined) {
    server.operation = undefined;
    server.busyFor = cloud.pace.busyAfter;
    server.properties = { ...server.properties, state: 'Ready' };
  }
  operation.status = operation.fate === undefined ? 'Succeeded' : 'Failed';
  if (operation.fate === undefined) operation.done();
  return operation;
}
