import type { Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import { upgradeNotice } from '../../major-upgrade.ts';
import type { AzureContext } from '../context.ts';

/** Extensions that have to be dropped before, and created again after. */
const IN_THE_WAY = 'timescaledb, postgres_fdw, session_variable, pg_hint_plan, plv8, pg_repack, hypopg';
/** Those that are in the way to a version from 17 on, too. */
const FROM_17 = 'age, azure_ai, hll, pg_diskann, pgrouting';

/**
 * What an upgrade to another major version costs. Azure has no call that checks it before.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-major-version-upgrade
 */
export function upgradeNotices({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  const [from, to] = [Number.parseInt(live?.version ?? '', 10), Number.parseInt(settings.engine_version ?? '', 10)];
  if (!(to > from)) return [];
  const hasStandby = (live?.highAvailability?.mode ?? 'Disabled') !== 'Disabled';
  return [
    upgradeNotice(from, to, [
      'Nothing connects for 15 minutes or more.',
      'Azure goes back by itself where the upgrade fails; after it has succeeded there is no way back but a restore.',
      'Azure has no call that checks it before, and the portal has one: it fails where 10–20 % of the storage are not free, and with logical slots, event triggers or views of pg_stat_activity.',
      `Drop these extensions first, and create them again after it: ${IN_THE_WAY}${to < 17 ? '' : `, ${FROM_17}`}.`,
      'Azure refuses it while the server has read replicas.',
      ...(hasStandby ? ['The standby is removed for it, and made again after it.'] : [])
    ])
  ];
}
