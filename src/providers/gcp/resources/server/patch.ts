import { defined } from '../../../../engine/defined.ts';
import { mutate } from '../../api/operation.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { readInstance } from '../../live-state.ts';
import { joined, type Body } from './field.ts';
import { waitForInstance } from './wait.ts';

/**
 * Sends one change of an instance, unless its body is empty. The body is built from the live instance and carries the
 * version of its settings: Cloud SQL refuses it if another writer was faster, and it is built again.
 */
export async function patch(
  context: GcpContext,
  name: string,
  what: string,
  bodyFor: (live: Instance) => Body,
  usually = 'a minute or two'
): Promise<void> {
  const { gcp } = context;
  const before = await readInstance(context, name);
  if (before === undefined || Object.keys(bodyFor(before)).length === 0) return;
  let version: string | undefined;
  let replaces = false;
  await mutate(context, {
    what,
    instance: name,
    usually,
    permission: 'cloudsql.instances.update',
    type: ['UPDATE', 'MAJOR_VERSION_UPGRADE'],
    send: async (sdk, options) => {
      const place = { project: gcp.project, instance: name };
      return replaces ? sdk.instances.update(place, options) : sdk.instances.patch(place, options);
    },
    body: async () => {
      const live = (await readInstance(context, name)) ?? before;
      const body = bodyFor(live);
      version = undefined;
      // Another run was faster, with the same change.
      if (Object.keys(body).length === 0) return undefined;
      version = live.settings?.settingsVersion;
      // Cloud SQL takes no settings together with a new version.
      const change = body.settings === undefined ? body : joined(body, { settings: { settingsVersion: version } });
      replaces = takesAway(change);
      return replaces ? whole(live, change) : change;
    }
  });
  await waitForInstance(context, name, live => live.settings?.settingsVersion !== version);
}

/** Whether a label should go. A PATCH can only add labels: the API takes text for their values, not `null`. */
function takesAway({ settings = {} }: Body): boolean {
  const labels = settings['userLabels'] ?? {};
  return Object.values(labels).includes(null);
}

/** The complete settings for a PUT, which resets every member that it does not carry. */
function whole(live: Instance, change: Body): Body {
  const { settings = {}, ...others } = joined({ settings: { ...live.settings } }, change);
  const { collation: _fixed, ...changeable } = settings;
  const labels = Object.entries(settings['userLabels'] ?? {}).filter(([, value]) => value !== null);
  // `requireSsl` is the older form of `sslMode`, and would contradict a change of it.
  const { requireSsl: _older, ...network } = (settings['ipConfiguration'] ?? {}) as Readonly<Record<string, unknown>>;
  // Only Google sets where the log is stored, and who manages the backups.
  const {
    transactionalLogStorageState: _place,
    backupTier: _tier,
    ...backups
  } = (settings['backupConfiguration'] ?? {}) as Body;
  return {
    // Every PUT of Google's own clients carries it, and Cloud SQL requires it.
    instanceType: live.instanceType,
    // Cloud SQL takes settings with a pooler or with Google's machine learning only together with the version.
    databaseVersion: live.databaseVersion,
    // Without it the disaster recovery replica would be one no more.
    ...defined({ replicationCluster: live.replicationCluster }),
    ...others,
    settings: {
      ...changeable,
      backupConfiguration: backups,
      ipConfiguration: network,
      userLabels: Object.fromEntries(labels)
    }
  };
}
