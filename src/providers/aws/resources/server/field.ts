import type { DBInstance, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { Field, FieldChange, Observed } from '../../../../engine/resource.ts';
import type { Impact } from '../../../../engine/impact.ts';
import { textOf, type Value } from '../../../../engine/value.ts';

/** A field of a DB instance: how it is compared, where it is read from, and where it goes in which call. */
export interface InstanceField extends Field {
  /** What the live instance says. */
  readonly read: (live: DBInstance) => Value | undefined;
  /** The value that waits for the maintenance window; `undefined` without one. */
  readonly queued?: (pending: PendingModifiedValues) => Value | undefined;
  /**
   * Its name in ModifyDBInstance, where that differs from CreateDBInstance. `undefined`: not a plain member of that
   * call.
   */
  readonly modify?: string | undefined;
  /** Its members in the create calls, where they are not `api` with the value as it stands. */
  readonly create?: (value: Value) => Readonly<Record<string, Value>>;
  /** Its desired value is computed in `desired/server.ts`. Default: the input of the field's own name, as it is. */
  readonly derived?: true;
  /**
   * On a read replica: the server's own value in every run, or a value at creation only. Default: a replica does not
   * have it.
   */
  readonly onReplica?: 'same' | 'at-creation';
  /** A copy of a live server takes it from its source where no input names it. */
  readonly onCopy?: true;
  /** False for what CreateDBInstanceReadReplica does not take: it is set by a later run. */
  readonly createsReplica?: false;
  /**
   * In the restore calls: fixed by the backup, or set by a second call when the data is there. Default: a member of the
   * restore call.
   */
  readonly restore?: 'inherited' | 'afterwards';
}

/** Fields that rules of other fields read. */
export type RuleField = 'multi_az' | 'allocated_storage' | 'max_allocated_storage';

/** The live value of a field that rules of other fields read. */
export function liveValue({ fields }: Pick<Observed, 'fields'>, name: RuleField): Value | undefined {
  return fields[name];
}

/** For `create`: not a member of the create calls. */
export const NOT_CREATED = (): Readonly<Record<string, Value>> => ({});

/**
 * RDS makes the change at the next maintenance window unless told to do it now. `now` is the impact then.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
 */
export function queuedUnlessNow(now: Impact | 'outage'): (change: FieldChange, observed: Observed) => Impact {
  return (_change, observed) => {
    if (observed.facts['applyImmediately'] !== true) return 'deferred';
    return now === 'outage' ? outage(observed) : now;
  };
}

/** A standby takes over within a minute or two; a single instance is down until it is back. */
export function outage(observed: Observed): Impact {
  return liveValue(observed, 'multi_az') === true ? 'failover' : 'restart';
}

/** The cost of a change that waits for a reboot: `allow_restart` permits the reboot. */
export function rebootImpact(observed: Observed): Impact {
  return observed.facts['mayReboot'] === true ? 'restart' : 'deferred';
}

/** RDS keeps these in lower case. */
export const lower = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

/** Sizes are in GiB everywhere. */
export function gib(value: Value): string {
  return `${textOf(value)} GiB`;
}

/**
 * The least that RDS grows a storage to, and the least ceiling it takes. In whole numbers: 200 × 1.1 is a little more
 * than 220.
 */
export function tenthMore(size: number): number {
  return Math.ceil((size * 11) / 10);
}

/** Where the data of a new instance comes from. */
export type RestoreSource =
  | { readonly snapshot: string }
  | { readonly instance: string; readonly time: string }
  /** The retained backups of an instance that is gone. */
  | { readonly backup: string; readonly time: string };

/** Where a restored server's data comes from, in words. */
export function showSource(value: Value): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return textOf(value);
  const source = value as RestoreSource;
  if ('snapshot' in source) return `snapshot ${source.snapshot}`;
  const what = 'instance' in source ? source.instance : `the backups ${source.backup}`;
  return `${what} as of ${source.time === 'latest' ? 'the last minutes' : source.time}`;
}
