import type { DBInstance, Event, PendingModifiedValues } from '@aws-sdk/client-rds';
import { AwsFault } from '../fault.ts';
import { readTags } from '../tags.ts';
import type { Region, CloudState } from '../state.ts';
import type { InstanceRecord, Phase } from './instance-record.ts';

export function arnOf(cloud: CloudState, region: Region, kind: string, name: string): string {
  return `arn:aws:rds:${region.name}:${cloud.accountId}:${kind}:${name}`;
}

/** By identifier in any case, or by ARN. */
export function instance(region: Region, id: string | undefined): InstanceRecord {
  const name = (id ?? '').replace(/^arn:aws:rds:[^:]+:\d+:db:/, '').toLowerCase();
  const record = region.instances.get(name);
  if (record === undefined) throw notFound(name);
  return record;
}

export function notFound(name: string): AwsFault {
  return new AwsFault('DBInstanceNotFound', `DBInstance ${name} not found.`, 404);
}

/** The server as one read sees it; reading is what makes its state go on. */
export function look(record: InstanceRecord): DBInstance {
  if (record.staleReads > 0 && record.seen !== undefined) {
    record.staleReads -= 1;
    return record.seen;
  }
  const shown = describe(record);
  step(record);
  return shown;
}

/** Goes one read further in the current phase. */
export function step(record: InstanceRecord): void {
  const phase = record.phases[0];
  if (phase === undefined) {
    stepParameters(record);
    return;
  }
  phase.reads -= 1;
  if (phase.reads > 0) return;
  record.phases.shift();
  phase.after?.();
  settle(record);
}

function stepParameters(record: InstanceRecord): void {
  const { parameters } = record;
  if (parameters.status !== 'applying') return;
  parameters.reads -= 1;
  if (parameters.reads > 0) return;
  parameters.status = parameters.needsReboot ? 'pending-reboot' : 'in-sync';
}

/** Sets the status to that of the current phase. */
export function settle(record: InstanceRecord): void {
  while (record.phases[0] !== undefined && record.phases[0].reads <= 0) {
    record.phases.shift()?.after?.();
  }
  record.live.DBInstanceStatus = record.phases[0]?.status ?? record.rest;
}

export function begin(record: InstanceRecord, ...phases: readonly Phase[]): void {
  record.phases.push(...phases);
  settle(record);
}

/** What `Describe` and the answers of changes show. */
export function describe(record: InstanceRecord): DBInstance {
  const { live } = record;
  const groups = live.DBParameterGroups?.map(group => ({ ...group, ParameterApplyStatus: record.parameters.status }));
  return structuredClone({ ...live, ...(groups && { DBParameterGroups: groups }), TagList: readTags(record.tags) });
}

/** Keeps what was true so far on show for some reads. */
export function goStale(record: InstanceRecord, reads: number): void {
  if (reads <= 0) return;
  record.seen = describe(record);
  record.staleReads = reads;
}

/** Refuses while the server is busy. A refusal counts as a read, or the server would never make progress. */
export function mustBe(record: InstanceRecord, ...statuses: readonly string[]): void {
  const status = record.live.DBInstanceStatus ?? '';
  if (statuses.includes(status)) return;
  step(record);
  const id = record.live.DBInstanceIdentifier;
  throw new AwsFault(
    'InvalidDBInstanceState',
    `Database instance ${id} is not in available state. Its state is ${status}.`
  );
}

export function setPending(record: InstanceRecord, values: PendingModifiedValues): void {
  record.live.PendingModifiedValues = { ...record.live.PendingModifiedValues, ...values };
}

export function note(region: Region, record: InstanceRecord, now: Date, message: string, category: string): void {
  const event: Event = {
    SourceIdentifier: record.live.DBInstanceIdentifier,
    SourceType: 'db-instance',
    SourceArn: record.arn,
    Message: message,
    EventCategories: [category],
    Date: now
  };
  region.events.push(event);
}

/** Ends in a state that only a person gets it out of, when a test said so. */
export function meetFate(cloud: CloudState, region: Region, record: InstanceRecord): boolean {
  const id = record.live.DBInstanceIdentifier ?? '';
  const fate = cloud.dooms.get(id);
  if (fate === undefined) return false;
  cloud.dooms.delete(id);
  record.phases.length = 0;
  record.rest = fate.status;
  settle(record);
  note(region, record, cloud.now(), fate.message, 'failure');
  return true;
}
