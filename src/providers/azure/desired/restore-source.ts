import { defined } from '../../../engine/defined.ts';
import type { Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import type { Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { orUndefined, ignoring, UNREADABLE } from '../../failures.ts';
import { regionOf, serverName } from '../api/names.ts';
import { isConfidential, readSku } from '../api/sku.ts';
import { idOfServer, type AzureContext } from '../context.ts';
import { READ_ACTIVITY } from '../api/activity-log.ts';
import { deletedAt, KEPT_DAYS } from '../checks/deleted-server.ts';
import { SERVERS } from '../live-state.ts';
import { isReplica } from '../resources/replica.ts';

/** The source of a new server's data. */
export interface Restore {
  readonly value: Value;
  /** The source server, where it exists and can be read. */
  readonly live: Server | undefined;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** Finds `restore_source`: a live server, or one that was deleted some days ago. `undefined` without that input. */
export async function restoreFrom(context: AzureContext): Promise<Restore | undefined> {
  const { restore_source: source, restore_to_time: time = 'latest' } = context.settings;
  if (source === undefined) return undefined;
  const id = source.startsWith('/') ? source : idOfServer(context.groupId, serverName(source));
  const [, subscription = '', group = '', name = ''] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/[^/]+\/flexibleServers\/([^/]+)$/i.exec(id) ?? [];
  if (name === '') {
    const allowed = `the name of a server in ${context.resourceGroup}, or a whole id, \`/subscriptions/…/flexibleServers/…\``;
    return refused({ input: 'restore_source', value: source, why: 'is not a server', allowed });
  }
  // `latest` stays in the plan: a time of day would differ in every run.
  const at = time === 'latest' ? time : new Date(time).toISOString();
  const mode = 'PointInTimeRestore';
  // This identity may not be able to read servers of another subscription: the apply finds out.
  if (subscription.toLowerCase() !== context.azure.subscription.toLowerCase()) {
    return { value: { server: id, time: at, mode }, live: undefined, problems: [], notices: [] };
  }
  const live = await orUndefined(
    context.azure.call(`${SERVERS}/read`, async (client, options) => client.servers.get(group, name, options))
  );
  if (live === undefined || live.state === 'Dropping') return revive(context, source, id, at);
  return {
    value: { server: id, time: at, mode },
    live,
    problems: restoreProblems(context, live, at === 'latest' ? undefined : at),
    notices: inherited(live)
  };
}

/** Azure revives a deleted server as of the time of its deletion. */
async function revive(context: AzureContext, source: string, id: string, at: string): Promise<Restore> {
  const asked = await ignoring(
    UNREADABLE,
    deletedAt(context, id).then(when => ({ when }))
  );
  const value = { server: id, time: asked?.when ?? at, mode: 'ReviveDropped' };
  if (asked === undefined) {
    const message = `The server \`${source}\` does not exist. Could not check whether it was deleted in the last ${KEPT_DAYS} days: \`${READ_ACTIVITY}\` is not allowed, or did not answer.`;
    const notice: Notice = { code: 'not-checked', severity: 'warning', input: 'restore_source', message };
    return { value, live: undefined, problems: [], notices: [notice] };
  }
  if (asked.when === undefined) {
    return refused({
      input: 'restore_source',
      value: source,
      why: `is not a server of this resource group, and no server of that name was deleted from it in the last ${KEPT_DAYS} days`
    });
  }
  const message = `\`${source}\` was deleted at ${asked.when} and is revived as it was then. Azure keeps its backups for ${KEPT_DAYS} days, without a promise.`;
  return {
    value,
    live: undefined,
    problems: [],
    notices: [{ code: 'revived', severity: 'warning', input: 'restore_source', message }]
  };
}

function refused(problem: Problem): Restore {
  return { value: null, live: undefined, problems: [problem], notices: [] };
}

/** What Azure would refuse of a restore, or silently do differently. */
function restoreProblems({ settings, target }: AzureContext, live: Server, at: string | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (input: keyof typeof settings, why: string, allowed: string, value?: string): void => {
    problems.push(defined({ input, value, why, allowed }));
  };
  const earliest = live.backup?.earliestRestoreDate;
  if (at !== undefined && earliest !== undefined && new Date(at) < new Date(earliest)) {
    const first = new Date(earliest).toISOString();
    refuse('restore_to_time', 'is before the first backup of the source', `${first} or later`, at);
  }
  const primary = live.sourceServerResourceId?.split('/').at(-1);
  if (isReplica(live)) {
    // https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#back-up-and-restore
    refuse(
      'restore_source',
      'is a read replica, which has no backups',
      primary ?? 'the server that it follows',
      live.name
    );
  }
  const region = regionOf(live.location);
  if (region !== target.region) {
    refuse('location', 'is not the region of the source: a restore stays in it', region, target.region);
  }
  const isPrivate = Boolean(live.network?.delegatedSubnetResourceId);
  if (isPrivate && settings.subnet_ids === undefined) {
    refuse('subnet_ids', 'is missing: the source is in a private network, and a restore stays in one', 'one subnet');
  }
  if (!isPrivate && settings.subnet_ids !== undefined) {
    refuse(
      'subnet_ids',
      'excludes this source, which is not in a private network',
      'no subnet',
      settings.subnet_ids[0]
    );
  }
  const major = settings.engine_version?.split('.')[0];
  if (major !== undefined && live.version !== undefined && major !== live.version) {
    const allowed = `${live.version}, and an upgrade afterwards`;
    refuse('engine_version', "is not the source's: a restore keeps the version", allowed, settings.engine_version);
  }
  const [size, now] = [readSku(settings.instance_class ?? '')?.name, live.sku?.name];
  if (size !== undefined && now !== undefined && isConfidential(size) !== isConfidential(now)) {
    const kind = isConfidential(now) ? 'a' : 'no';
    refuse('instance_class', "is not the source's kind", `${kind} size of confidential computing`, size);
  }
  const [user, login] = [settings.master_username, live.administratorLogin];
  if (user !== undefined && login !== undefined && user !== login) {
    refuse('master_username', "is not the source's: a restore keeps its administrator", login, user);
  }
  return problems;
}

function inherited({ version = '?', sku, storage, administratorLogin: user = '?' }: Server): readonly Notice[] {
  const values = `PostgreSQL ${version}, ${sku?.name ?? '?'}, ${storage?.storageSizeGB ?? '?'} GiB, the login \`${user}\``;
  const message = `Values that no input sets come from the source: ${values}. Its parameters and firewall rules are not copied.`;
  return [{ code: 'inherited', severity: 'info', input: 'restore_source', message }];
}
