import { sendApart, type Part } from '../../../engine/apart.ts';
import { defined } from '../../../engine/defined.ts';
import { defineResource, type Facts, type FieldTable, type Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { isFailure, orUndefined } from '../../failures.ts';
import { CONFIGURATION } from '../addresses.ts';
import { configImpact, flatConfig, isGrouped, nestedConfig, type Config } from '../api/config-shape.ts';
import { displayConfig } from '../api/parameters.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource } from './child-resource.ts';
import { idOf, whenOnline } from './server/wait.ts';

/** Keys of the time when the daily backup starts, UTC. */
const BACKUP_TIME: readonly string[] = ['backup_hour', 'backup_minute'];

const PREFIX = 'parameters.';
const keyOf = (field: string): string => field.slice(PREFIX.length);

const fields = {
  backup_time: { api: 'config.backup_hour', input: 'backup_window', impact: 'online' },
  'parameters.*': {
    api: 'config',
    input: 'parameters',
    impact: ({ field }) => configImpact(keyOf(field)),
    show: (value, field) => displayConfig(keyOf(field), textOf(value))
  }
} as const satisfies FieldTable;

type ConfigurationFields = typeof fields;

/**
 * The parameters of PostgreSQL that DigitalOcean offers, and the hour of the daily backup. DigitalOcean answers all of
 * them and can unset none: one that the workflow no longer names keeps its value.
 */
export const configuration = defineResource<DigitalOceanContext>()({
  type: 'configuration',
  fields,
  permissions: { observe: ['database:read'], create: ['database:update'], update: ['database:update'], delete: [] },
  observe: async context => {
    const { parameters, backup_window: window } = context.settings;
    const live = await context.live();
    if (live === undefined || (parameters === undefined && window === undefined)) return [];
    const config = await configAt(context, live.id);
    if (config === undefined) return [];
    return [
      childResource<ConfigurationFields>(context, live, {
        address: CONFIGURATION,
        type: 'configuration',
        title: 'configuration',
        fields: defined({ ...parameterValues(config), backup_time: timeOf(config) })
      })
    ];
  },
  create: configure,
  update: configure,
  // It is deleted with the cluster.
  remove: async () => undefined
});

/** `undefined` where the id of the cluster is not found yet. */
async function configAt({ api }: DigitalOceanContext, id: string): Promise<Config | undefined> {
  const answer = await orUndefined(api.rest<{ config?: Config }>('GET', `/databases/${id}/config`));
  return answer === undefined ? undefined : (answer.config ?? {});
}

function parameterValues(config: Config): Readonly<Record<`parameters.${string}`, Value>> {
  const shown = Object.entries(flatConfig(config)).filter(([key]) => !BACKUP_TIME.includes(key));
  return Object.fromEntries(shown.map(([key, value]) => [`${PREFIX}${key}`, value]));
}

function timeOf(config: Config): string | undefined {
  const [hour, minute] = BACKUP_TIME.map(key => config[key]);
  if (typeof hour !== 'number') return undefined;
  return `${pad(hour)}:${pad(typeof minute === 'number' ? minute : 0)}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Merges the changed keys into the live configuration. Where one is refused, each goes in a call of its own. */
async function configure(context: DigitalOceanContext, work: Work<ConfigurationFields>): Promise<Facts> {
  const id = await idOf(context);
  const path = `/databases/${id}/config`;
  const patch = async (config: Config): Promise<unknown> =>
    whenOnline(context, work.execution, id, async () => context.api.rest('PATCH', path, { config }));
  const changed = work.changes.map(({ field }) => field);
  const parameters = Object.fromEntries(
    changed.filter(field => field.startsWith(PREFIX)).map(field => [keyOf(field), work.values[field] ?? null] as const)
  );
  const partOf = (some: Config): Part => ({
    send: async () => {
      if (Object.keys(some).length === 0) return;
      const now = Object.keys(some).some(isGrouped) ? await configAt(context, id) : undefined;
      await patch(nestedConfig(some, now ?? {}));
    },
    smaller: () => Object.entries(some).map(([key, value]) => partOf({ [key]: value }))
  });
  const backup: Part = {
    send: async () => {
      const time = work.values.backup_time;
      if (changed.includes('backup_time') && typeof time === 'string') await moveBackup(work, time, patch);
    }
  };
  await sendApart(work.execution, [partOf(parameters), backup]);
  return {};
}

/** The reference has keys for the time, and the guide says that it can't be chosen: it depends on the cluster. */
async function moveBackup(
  { execution }: Pick<Work, 'execution'>,
  time: string,
  patch: (config: Config) => Promise<unknown>
): Promise<void> {
  const [hour, minute] = time.split(':').map(Number);
  try {
    await patch({ backup_hour: hour ?? 0, backup_minute: minute ?? 0 });
  } catch (thrown) {
    if (!isFailure(thrown, 'invalid')) throw thrown;
    execution.log.warning(
      `Could not move the daily backup to ${time} (\`backup_window\`): DigitalOcean does not take it. ${thrown.message}`
    );
  }
}
