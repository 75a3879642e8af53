import type { Observed, ResourceType, Work } from '../../engine/resource.ts';
import { textOf, type Value } from '../../engine/value.ts';
import { isKind } from '../answers.ts';
import { idOf, whenOnline } from './cluster-wait.ts';
import { CONFIGURATION } from './digitalocean-names.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { inside } from './inside.ts';
import { displayConfig } from './parameters.ts';

/** Keys that say when the daily backup begins, UTC. */
const BACKUP_TIME = ['backup_hour', 'backup_minute'] as const;

/**
 * PostgreSQL's parameters, as far as DigitalOcean lets them be set, and the hour of the daily backup. DigitalOcean answers
 * with all of them and can unset none: one that the workflow names no more stays as it is.
 */
export const configuration: ResourceType<DoWorld> = {
  type: 'configuration',
  fields: {
    backup_time: { api: 'config.backup_hour', input: 'backup_window', impact: 'online' },
    'parameters.*': {
      api: 'config',
      input: 'parameters',
      impact: 'online',
      show: (value, field) => displayConfig(field.slice('parameters.'.length), textOf(value))
    }
  },
  permissions: { observe: ['database:read'], create: ['database:update'], update: ['database:update'], delete: [] },
  observe: async world => {
    const { parameters, backup_window: window } = world.settings;
    const live = await world.live();
    if (live === undefined || (parameters === undefined && window === undefined)) return [];
    const { config = {} } = await world.api.rest<{ config?: Config }>('GET', `/databases/${live.id}/config`);
    const seen: Observed = inside(world, live, {
      address: CONFIGURATION,
      type: 'configuration',
      title: 'configuration',
      fields: {
        ...(timeOf(config) === undefined ? {} : { backup_time: timeOf(config) ?? null }),
        ...Object.fromEntries(
          Object.entries(config).flatMap(([key, value]) =>
            (BACKUP_TIME as readonly string[]).includes(key) || typeof value === 'object'
              ? []
              : [[`parameters.${key}`, value]]
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

type Config = Readonly<Record<string, Value>>;

function timeOf(config: Config): string | undefined {
  const [hour, minute] = BACKUP_TIME.map(key => config[key]);
  if (typeof hour !== 'number') return undefined;
  return `${pad(hour)}:${pad(typeof minute === 'number' ? minute : 0)}`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Merges the keys that change; the others stay as they are. */
async function configure(world: DoWorld, work: Work): Promise<Readonly<Record<string, string>>> {
  const id = await idOf(world);
  const path = `/databases/${id}/config`;
  const changed = work.changes.map(({ field }) => field);
  const parameters = Object.fromEntries(
    changed.flatMap(field =>
      field.startsWith('parameters.') ? [[field.slice('parameters.'.length), work.values[field]]] : []
    )
  );
  if (Object.keys(parameters).length > 0) {
    await whenOnline(world, work.context, id, async () => world.api.rest('PATCH', path, { config: parameters }));
  }
  const time = work.values['backup_time'];
  if (!changed.includes('backup_time') || typeof time !== 'string') return { id };
  const [hour, minute] = time.split(':').map(Number);
  try {
    const config = { backup_hour: hour, backup_minute: minute };
    await whenOnline(world, work.context, id, async () => world.api.rest('PATCH', path, { config }));
  } catch (thrown) {
    // The reference has these keys, and the guide says that the hour can't be chosen: which of them is right depends on the cluster.
    if (!isKind(thrown, 'invalid')) throw thrown;
    work.context.log.warning(
      `The backups stay when they are: DigitalOcean does not take ${time} (\`backup_window\`). ${thrown.message}`
    );
  }
  return { id };
}
