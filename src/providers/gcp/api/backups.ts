import type { InstanceSettings } from './types.ts';
import type { GcpContext } from '../context.ts';

/** A backup of the project: on demand, automatic, or the final one of a deleted instance. */
export interface Backup {
  /** `projects/<project>/backups/<id>`. */
  readonly name: string;
  readonly description?: string;
  /** Name of its instance. */
  readonly instance?: string;
  readonly state?: string;
  readonly type?: string;
  readonly databaseVersion?: string;
  readonly maxChargeableBytes?: string;
  /** Writes after `endTime` are not in it. */
  readonly backupInterval?: { readonly startTime?: string; readonly endTime?: string };
  /** When its instance was deleted; absent while the instance exists. */
  readonly instanceDeletionTime?: string;
  readonly instanceSettings?: {
    readonly region?: string;
    readonly databaseVersion?: string;
    readonly settings?: InstanceSettings;
  };
}

/** Every backup of the project, on all pages. */
export async function backupsOf({ gcp, project }: Pick<GcpContext, 'gcp' | 'project'>): Promise<readonly Backup[]> {
  const call = { permission: 'cloudsql.backupRuns.list', subject: project };
  return gcp.all<Backup>(
    call,
    async (sdk, pageToken, options) => sdk.backups.listBackups({ parent: `projects/${project}`, pageToken }, options),
    'backups'
  );
}
