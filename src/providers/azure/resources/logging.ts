import type { ResourceType, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { settled } from '../../failures.ts';
import { LOGGING } from '../addresses.ts';
import type { AzureWorld } from '../context.ts';
import { inside } from './child-resource.ts';
import { DIAGNOSTICS_API } from '../live-state.ts';

const CATEGORY = 'PostgreSQLLogs';

const path = ({ serverId, names }: AzureWorld): string =>
  `${serverId}/providers/Microsoft.Insights/diagnosticSettings/${names.diagnosticSetting}?api-version=${DIAGNOSTICS_API}`;

/** The server's logs in a Log Analytics workspace: a diagnostic setting by a name of ours. */
export const logging: ResourceType<AzureWorld> = {
  type: 'diagnostic-setting',
  fields: {
    workspace_id: {
      api: 'properties.workspaceId',
      input: 'log_workspace_id',
      impact: 'online',
      normalise: value => (typeof value === 'string' ? value.toLowerCase() : value)
    },
    server_logs: { api: 'properties.logs', input: 'enable_logging', impact: 'online' }
  },
  permissions: {
    observe: ['Microsoft.Insights/diagnosticSettings/read'],
    create: [
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.OperationalInsights/workspaces/sharedKeys/action'
    ],
    update: ['Microsoft.Insights/diagnosticSettings/write'],
    delete: ['Microsoft.Insights/diagnosticSettings/delete']
  },
  observe: async world => {
    if (world.settings.enable_logging === undefined) return [];
    const live = await world.reading().main();
    const setting = await world.reading().diagnosticSetting();
    if (live === undefined || setting === undefined) return [];
    const { workspaceId, logs = [] } = setting.properties ?? {};
    return [
      inside(world, live, {
        address: LOGGING,
        isProtected: await world.reading().isLocked(),
        type: 'diagnostic-setting',
        title: loggingTitle(world),
        fields: {
          workspace_id: workspaceId ?? null,
          server_logs: logs.some(one => one.category === CATEGORY && one.enabled === true)
        }
      })
    ];
  },
  create: put,
  update: put,
  remove: async world => {
    const gone = world.azure.rest('Microsoft.Insights/diagnosticSettings/delete', 'DELETE', path(world));
    await settled(['not-found'], gone);
  }
};

export function loggingTitle({ names }: AzureWorld): string {
  return `diagnostic setting of ${names.server}`;
}

/** All of it: a PUT replaces. */
async function put(world: AzureWorld, { values, observed }: Work): Promise<Record<string, never>> {
  const workspaceId = textOf(values['workspace_id'] ?? observed?.fields['workspace_id']);
  const body = { properties: { workspaceId, logs: [{ category: CATEGORY, enabled: true }], metrics: [] } };
  await world.azure.rest('Microsoft.Insights/diagnosticSettings/write', 'PUT', path(world), body);
  return {};
}
