import type { Server } from '@azure/arm-postgresql-flexible';
import type { Observed } from '../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { LOGGING } from '../addresses.ts';
import { networkOfRule } from '../api/names.ts';
import type { AzureContext } from '../context.ts';
import { sendsLogs } from '../resources/logging.ts';
import { exists } from './child-resource.ts';

/** What others made around a live server, and does what an input asks for: nothing of ours is then added. */
export interface PartsOfOthers {
  /** First and last addresses of firewall rules of others: `10.0.0.0-10.0.255.255`. */
  readonly ranges: readonly string[];
  /** A lock of others, on the server itself, forbids to delete it. */
  readonly hasLock: boolean;
  /** Workspaces, in lower case, that get the server's logs by settings of others. */
  readonly workspaces: readonly string[];
}

/** Asks only for what an input is about and this workflow has not made. What can't be read counts as missing. */
export async function partsOfOthers(
  context: AzureContext,
  observed: readonly Observed[],
  live: Server | undefined
): Promise<PartsOfOthers> {
  const { settings, names } = context;
  if (live === undefined) return { ranges: [], hasLock: false, workspaces: [] };
  const [rules = [], locks = [], diagnostics = []] = await Promise.all([
    (settings.allowed_cidr_blocks ?? []).length > 0 ? ignoring(UNREADABLE, context.liveState().rules()) : [],
    settings.enable_deletion_protection === true ? ignoring(UNREADABLE, context.liveState().locks()) : [],
    settings.enable_logging === true && !exists(observed, LOGGING)
      ? ignoring(UNREADABLE, context.liveState().diagnosticSettings())
      : []
  ]);
  const scope = `${context.serverId}/providers/microsoft.authorization/locks/`.toLowerCase();
  return {
    ranges: rules.flatMap(({ name = '', startIpAddress, endIpAddress }) =>
      networkOfRule(name) === undefined ? [`${startIpAddress}-${endIpAddress}`] : []
    ),
    hasLock: locks.some(({ id = '', name }) => name !== names.lock && id.toLowerCase().startsWith(scope)),
    workspaces: diagnostics
      .filter(({ name, properties }) => name !== names.diagnosticSetting && sendsLogs(properties?.logs))
      .flatMap(({ properties }) => properties?.workspaceId?.toLowerCase() ?? [])
  };
}
