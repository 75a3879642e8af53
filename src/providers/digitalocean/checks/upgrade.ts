import type { Notice } from '../../../engine/plan.ts';
import { newerMajorNotice, upgradeNotice } from '../../major-upgrade.ts';
import { majorOf } from '../api/names.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

/**
 * What an upgrade to another major version costs. DigitalOcean has no call that checks it before.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/upgrade-version/
 */
export function upgradeNotices(
  { settings }: DigitalOceanContext,
  live: Cluster | undefined,
  keepsVersion: boolean
): readonly Notice[] {
  if (keepsVersion) return [newerMajorNotice('DigitalOcean', majorOf(settings) ?? '', live?.version ?? '')];
  const [from, to] = [Number.parseInt(live?.version ?? '', 10), Number.parseInt(settings.engine_version ?? '', 10)];
  if (!(to > from)) return [];
  return [
    upgradeNotice(from, to, [
      'Connections are cut while the cluster moves to the new version, usually for some minutes.',
      'There is no way back but a new cluster from a backup.',
      'DigitalOcean has no call that checks it before: try it on a copy first (`restore_source`).'
    ])
  ];
}
