import type { Configuration } from '@azure/arm-postgresql-flexible';
import { defineResource, type Facts, type FieldTable, type Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { displayParameter } from '../../../postgres/parameters/display.ts';
import { PARAMETERS } from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import {
  configurationsByName,
  configure,
  freshConfiguration,
  READ_CONFIGURATIONS,
  restart,
  WRITE_CONFIGURATIONS
} from '../api/configuration.ts';
import { childResource } from './child-resource.ts';
import { azureName, isOfAzure, isOfOtherInput, joinLibraries, LIBRARIES } from '../api/parameters.ts';
import { SERVERS } from '../live-state.ts';

/** The prefix of a parameter's field: `parameters.work_mem`. */
export const PREFIX = 'parameters.';

/** What a change of a parameter costs, on a server and on its replicas. */
export const PARAMETER_FIELDS = {
  'parameters.*': {
    api: 'configurations',
    input: 'parameters',
    impact: (change, live) => {
      const known = live.facts['static'];
      const isStatic = Array.isArray(known) && known.includes(change.field.slice(PREFIX.length));
      if (!isStatic) return 'online';
      return live.facts['mayRestart'] === true ? 'restart' : 'deferred';
    },
    show: (value, field) => displayParameter(field.slice(PREFIX.length), textOf(value))
  },
  restart_pending: { api: 'isConfigPendingRestart', input: 'allow_restart', impact: 'restart' }
} as const satisfies FieldTable;

const KIND = { type: 'parameters', fields: PARAMETER_FIELDS } as const;

/** The parameters that a person or this action set. Azure calls them configurations of the server. */
export const parameters = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [READ_CONFIGURATIONS],
    create: [WRITE_CONFIGURATIONS, `${SERVERS}/restart/action`],
    update: [WRITE_CONFIGURATIONS, `${SERVERS}/restart/action`],
    delete: []
  },
  observe: async context => {
    const { settings, options } = context;
    if (settings.parameters === undefined) return [];
    const live = await context.liveState().main();
    if (live === undefined) return [];
    const all = [...(await configurationsByName(context))];
    const asked = Object.keys(settings.parameters).map(azureName);
    const shown = all.filter(([name, one]) => isSet(name, one) || asked.includes(name));
    return [
      childResource(context, live, KIND, {
        address: PARAMETERS,
        title: parametersTitle(context),
        fields: {
          ...Object.fromEntries(shown.map(([name, { value }]) => [`${PREFIX}${name}`, value ?? ''])),
          restart_pending: all.some(([, one]) => one.isConfigPendingRestart === true)
        },
        facts: {
          static: all.flatMap(([name, one]) => (one.isDynamicConfig === false ? [name] : [])),
          mayRestart: options.allowRestart === true
        }
      })
    ];
  },
  create: async (context, work) => write(context, work, true),
  update: async (context, work) => write(context, work, context.options.allowRestart === true),
  // Parameters are deleted with their server only.
  remove: async () => undefined
});

export function parametersTitle({ names }: AzureContext): string {
  return `parameters of ${names.server}`;
}

/** Whether a person or a workflow gave the parameter its value. */
export function isSet(name: string, { source, isReadOnly, value = '' }: Configuration): boolean {
  return source === 'user-override' && isReadOnly !== true && !isOfOtherInput(name) && !isOfAzure(name, value);
}

/** Writes the parameters that take effect at once, then those that need a restart, then restarts once for all. */
async function write(context: AzureContext, work: Work<typeof PARAMETER_FIELDS>, mayRestart: boolean): Promise<Facts> {
  const entries = Object.entries(work.values).flatMap(([field, value]) =>
    field.startsWith(PREFIX) ? [[field.slice(PREFIX.length), value === null ? null : textOf(value)] as const] : []
  );
  const statics = work.observed?.facts['static'];
  const waits = (name: string): boolean => Array.isArray(statics) && statics.includes(name);
  const ordered = entries.toSorted(([one], [other]) => Number(waits(one)) - Number(waits(other)));
  for (const [name, value] of ordered) {
    const isList = name === LIBRARIES && value !== null;
    const live = isList ? ((await freshConfiguration(context, name))?.value ?? '') : '';
    await configure(context, { [name]: isList ? joinLibraries(live, value) : value });
  }
  if (
    mayRestart &&
    (await waitsForRestart(
      context,
      entries.map(([name]) => name)
    ))
  )
    await restart(context);
  return {};
}

async function waitsForRestart(context: AzureContext, changed: readonly string[]): Promise<boolean> {
  const before = [...(await configurationsByName(context)).values()];
  if (before.some(one => one.isConfigPendingRestart === true)) return true;
  for (const name of changed)
    if ((await freshConfiguration(context, name))?.isConfigPendingRestart === true) return true;
  return false;
}
