import { defineResource, type ResourceKind, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { createUnlessThere } from '../../create-or-reuse-own.ts';
import { ignoring } from '../../failures.ts';
import { LOGGING } from '../addresses.ts';
import type { DiagnosticSetting } from '../api/types.ts';
import type { AzureContext } from '../context.ts';
import { childResource } from './child-resource.ts';
import { DIAGNOSTICS_API, readOwnSetting } from '../live-state.ts';

/** The server's log among the categories of a diagnostic setting. */
export const LOG_CATEGORY = 'PostgreSQLLogs';

const path = ({ serverId, names }: AzureContext): string =>
  `${serverId}/providers/Microsoft.Insights/diagnosticSettings/${names.diagnosticSetting}?api-version=${DIAGNOSTICS_API}`;

const KIND = {
  type: 'diagnostic-setting',
  fields: {
    workspace_id: {
      api: 'properties.workspaceId',
      input: 'log_workspace_id',
      impact: 'online',
      normalise: value => (typeof value === 'string' ? value.toLowerCase() : value)
    },
    server_logs: { api: 'properties.logs', input: 'enable_logging', impact: 'online' }
  }
} as const satisfies ResourceKind;

/** The server's logs in a Log Analytics workspace: a diagnostic setting with a name of ours. */
export const logging = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: ['Microsoft.Insights/diagnosticSettings/read'],
    create: [
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.OperationalInsights/workspaces/sharedKeys/action'
    ],
    update: ['Microsoft.Insights/diagnosticSettings/write'],
    delete: ['Microsoft.Insights/diagnosticSettings/delete']
  },
  observe: async context => {
    if (context.settings.enable_logging === undefined) return [];
    const live = await context.liveState().main();
    const setting = await context.liveState().diagnosticSetting();
    if (live === undefined || setting === undefined) return [];
    const { workspaceId, logs } = setting.properties ?? {};
    return [
      childResource(context, live, KIND, {
        address: LOGGING,
        isProtected: await context.liveState().isLocked(),
        title: loggingTitle(context),
        fields: {
          workspace_id: workspaceId ?? null,
          server_logs: sendsLogs(logs)
        }
      })
    ];
  },
  create: async (context, work) => {
    // A PUT replaces a setting that appeared after the plan. One of our name on our server is of another run.
    await createUnlessThere(
      work,
      loggingTitle(context),
      async () => put(context, work),
      async () => ((await readOwnSetting(context)) === undefined ? undefined : { kind: 'ours', mark: work.mark })
    );
    return {};
  },
  update: async (context, work) => {
    await put(context, work, await context.liveState().diagnosticSetting());
    return {};
  },
  remove: async context => {
    const gone = context.azure.rest('Microsoft.Insights/diagnosticSettings/delete', 'DELETE', path(context));
    await ignoring(['not-found'], gone);
  }
});

export function loggingTitle({ names }: AzureContext): string {
  return `diagnostic setting of ${names.server}`;
}

type Logs = NonNullable<NonNullable<DiagnosticSetting['properties']>['logs']>;

/** Whether the server's log is among those that a setting sends. */
export function sendsLogs(logs: Logs = []): boolean {
  return logs.some(
    ({ category, categoryGroup, enabled }) =>
      enabled === true && (category === LOG_CATEGORY || categoryGroup?.toLowerCase() === 'alllogs')
  );
}

/** Sends the whole setting: a PUT replaces. What others added to it stays. */
async function put(
  context: AzureContext,
  { values, observed }: Work<typeof KIND.fields>,
  { properties: before = {} }: DiagnosticSetting = {}
): Promise<void> {
  const workspaceId = textOf(values.workspace_id ?? observed?.fields.workspace_id);
  // Azure takes no categories together with groups of them.
  const others = (before.logs ?? []).filter(({ category }) => Boolean(category) && category !== LOG_CATEGORY);
  const logs = sendsLogs(before.logs) ? before.logs : [...others, { category: LOG_CATEGORY, enabled: true }];
  const body = { properties: { metrics: [], ...before, workspaceId, logs } };
  await context.azure.rest('Microsoft.Insights/diagnosticSettings/write', 'PUT', path(context), body);
}
