import { ProviderError } from '../../../errors.ts';
import { asSentence } from '../../../engine/sentence.ts';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { NO_FINDINGS, type Findings } from '../../findings.ts';
import { upgradeNotice } from '../../major-upgrade.ts';
import { mutate } from '../api/operation.ts';
import type { Instance, PreCheckResponse } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { databaseVersionOf, majorOf } from '../resources/server/convert.ts';

/** The permission of the pre-check. */
export const PRE_CHECK = 'cloudsql.instances.preCheckMajorVersionUpgrade';

/**
 * What an upgrade to another major version costs, and what Cloud SQL's own pre-check says of it. It reads the instance
 * and changes nothing. https://cloud.google.com/sql/docs/postgres/upgrade-major-db-version-inplace
 */
export async function upgradeFindings(
  context: GcpContext,
  live: Instance | undefined,
  version: string
): Promise<Findings> {
  const now = majorOf(live?.databaseVersion);
  if (live === undefined || now === undefined || Number(version) <= Number(now)) return NO_FINDINGS;
  const replicas = live.replicaNames ?? [];
  const cost = upgradeNotice(now, version, [
    'Nothing connects for 10 minutes or more.',
    'There is no way back but a restore: Cloud SQL takes a backup before.',
    ...(replicas.length === 0 ? [] : [`Read replicas are upgraded with it: ${replicas.join(', ')}.`])
  ]);
  if (live.state !== 'RUNNABLE' || live.settings?.activationPolicy === 'NEVER')
    return { problems: [], notices: [cost] };
  const { problems, notices } = await preCheck(context, version);
  return { problems, notices: [cost, ...notices] };
}

async function preCheck(context: GcpContext, version: string): Promise<Findings> {
  const { name: instance, options, project } = context;
  if (!options.wait) return unchecked('`wait` is false');
  try {
    const done = await mutate(context, {
      what: `check the upgrade of ${instance} to ${version}`,
      instance,
      usually: '1–5 min',
      permission: PRE_CHECK,
      type: 'PRE_CHECK_MAJOR_VERSION_UPGRADE',
      send: async (sdk, more) => sdk.instances.preCheckMajorVersionUpgrade({ project, instance }, more),
      body: () => ({ preCheckMajorVersionUpgradeContext: { targetDatabaseVersion: databaseVersionOf(version) } })
    });
    const all = done?.preCheckMajorVersionUpgradeContext?.preCheckResponse ?? [];
    return {
      problems: all.filter(({ messageType }) => messageType === 'ERROR').map(one => problemOf(one, version)),
      notices: all.filter(({ messageType }) => messageType === 'WARNING').map(noticeOf)
    };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return unchecked(thrown.message);
  }
}

function problemOf({ message = 'no reason given', actionsRequired = [] }: PreCheckResponse, value: string): Problem {
  const why = `does not pass the pre-check of Cloud SQL: ${message}`;
  return { input: 'engine_version', value, why, allowed: actionsRequired.join('; ') || 'what the message asks for' };
}

function noticeOf({ message = 'no reason given', actionsRequired = [] }: PreCheckResponse): Notice {
  const actions = actionsRequired.length === 0 ? '' : ` ${actionsRequired.join(' ')}`;
  return {
    code: 'upgrade-check',
    severity: 'warning',
    input: 'engine_version',
    message: `The pre-check of Cloud SQL warns: ${message}${actions}`
  };
}

function unchecked(why: string): Findings {
  const message = `The pre-check of Cloud SQL was not run: ${asSentence(why)}`;
  return { problems: [], notices: [{ code: 'upgrade-check', severity: 'info', input: 'engine_version', message }] };
}
