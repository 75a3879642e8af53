import type { DBInstance } from '@aws-sdk/client-rds';
import type { Tagged } from '../tags.ts';

/** What a server goes through before it rests. */
export interface Phase {
  readonly status: string;
  /** Reads that still see it; at 0 it is over. */
  reads: number;
  readonly after?: () => void;
}

export interface InstanceRecord {
  /** The true state; a reader may still be shown an older one. */
  readonly live: DBInstance;
  arn: string;
  readonly tags: Tagged;
  readonly phases: Phase[];
  /** Status between two phases. */
  rest: string;
  /** What a stale read shows, and how many of them are left. */
  seen: DBInstance | undefined;
  staleReads: number;
  /** Reads that do not show it yet. */
  unseen: number;
  password: string | undefined;
  /** Changes that wait for the maintenance window. */
  waiting: Partial<DBInstance>;
  storageChanged: Date | undefined;
  /** Where it copies from. */
  sourceArn: string | undefined;
  /** Of the parameter group at this server. */
  parameters: { status: string; reads: number; needsReboot: boolean };
}
