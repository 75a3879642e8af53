import type { Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { orUndefined, isFailure } from '../../failures.ts';
import { idOf, whenOnline } from './server/wait.ts';
import { CONFIGURATION } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource } from './child-resource.ts';
import { configImpact, flatConfig, isGrouped, nestedConfig, type Config } from '../api/config-shape.ts';
import { displayConfig } from '../api/parameters.ts';

/** Keys that say when the daily backup begins, UTC. */
const BACKUP_TIME = ['backup_hour', 'backup_minute'] as const;

/**
 * PostgreSQL's parameters, as far as DigitalOcean lets them be set, and the hour of the daily backup. DigitalOcean answers
 * with all of them and can unset none: one that the workflow names no more stays as it is.
 */
export const configuration: ResourceType<DigitalOceanContext> = {
  type: 'configuration',
  fields: {
    backup_time: { api: 'config.backup_hour', input: 'backup_window', impact: 'online' },
    'parameters.*': {
      api: 'config',
      input: 'parameters',
      impact: ({ field }) => configImpact(keyOf(field)),
      show: (value, field) => displayConfig(keyOf(field), textOf(value))
    }
  },
  permissions: { observe: ['database:read'], create: ['database:update'], update: ['database:update'], delete: [] },
  observe: async context => {
    const { parameters, backup_window: window } = context.settings;
    const live = await context.live();
    if (live === undefined || (parameters === undefined && window === undefined)) return [];
    const config = await configAt(context, live.id);
    if (config === undefined) return [];
    const seen: Observed = childResource(context, live, {
      address: CONFIGURATION,
      type: 'configuration',
      title: 'configuration',
      fields: {
        ...(timeOf(config) === undefined ? {} : { backup_time: timeOf(config) ?? null }),
        ...Object.fromEntries(
          Object.entries(flatConfig(config)).flatMap(([key, value]) =>
            (BACKUP_TIME as readonly string[]).includes(key) ? [] : [[`parameters.${key}`, value]]
          )
        )
      }
    });
    return [seen];
  },
  create: configure,
  update: configure,
  // It goes with the cluster; nothing of it can be taken away.
  remove: async () => undefined
};

/** `undefined` where the cluster is not to be found by its id yet. */
async function configAt({ api }: DigitalOceanContext, id: string): Promise<Config | undefined> {
  const answer = await orUndefined(api.rest<{ config?: Config }>('GET', `/databases/${id}/config`));
  return answer === undefined ? undefined : (answer.config ?? {});
}

const PREFIX = 'parameters.';
const keyOf = (field: string): string => field.slice(PREFIX.length);

/** The parameters among fields, by key. */
function parametersIn(fields: Config): Config {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (field.startsWith(PREFIX) ? [[keyOf(field), value]] : []))
  );
}

function timeOf(config: Config): string | undefined {
  const [hour, minute] = BACKUP_TIME.map(key => config[key]);
  if (typeof hour !== 'number') return undefined;
  return `${pad(hour)}:${pad(typeof minute === 'number' ? minute : 0)}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Merges the keys that change; the others stay as they are. */
async function configure(context: DigitalOceanContext, work: Work): Promise<Readonly<Record<string, string>>> {
  const id = await idOf(context);
  const path = `/databases/${id}/config`;
  const changed = work.changes.map(({ field }) => field);
  const parameters = parametersIn(Object.fromEntries(changed.map(field => [field, work.values[field] ?? null])));
  if (Object.keys(parameters).length > 0) {
    const now = Object.keys(parameters).some(isGrouped) ? await configAt(context, id) : undefined;
    const config = nestedConfig(parameters, now ?? {});
    await whenOnline(context, work.execution, id, async () => context.api.rest('PATCH', path, { config }));
  }
  const time = work.values['backup_time'];
  if (!changed.includes('backup_time') || typeof time !== 'string') return { id };
  const [hour, minute] = time.split(':').map(Number);
  try {
    const config = { backup_hour: hour, backup_minute: minute };
    await whenOnline(context, work.execution, id, async () => context.api.rest('PATCH', path, { config }));
  } catch (thrown) {
    // The reference has these keys, and the guide says that the hour can't be chosen: which of them is right depends on the cluster.
    if (!isFailure(thrown, 'invalid')) throw thrown;
    work.execution.log.warning(
      `The backups stay when they are: DigitalOcean does not take ${time} (\`backup_window\`). ${thrown.message}`
    );
  }
  return { id };
}
