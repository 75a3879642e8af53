import type { Mark } from '../../../../engine/ownership.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { keptSwitches, type ServerValues } from './fields.ts';
import { directoryOwner } from '../../cluster/owner.ts';
import { sharedMemoryType, writeSettings, type ServerSettings } from '../../cluster/settings.ts';
import type { ServerLayout } from '../../cluster/layout.ts';
import type { LiveServer, LocalMark } from '../../live-types.ts';
import type { LocalContext } from '../../context.ts';

/**
 * All contents of a server's configuration file. Values that only the mark keeps (tags, protection) are in the mark.
 */
export interface Configuration {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly isDurable: boolean;
  readonly hasTls: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly mark: LocalMark;
}

/** What `enable_logging` logs: every statement and every connection. */
const LOGGING: Readonly<Record<string, string>> = {
  log_statement: 'all',
  log_connections: 'on',
  log_disconnections: 'on'
};

/** The present configuration of a running or stopped server. */
export function configurationOf(live: LiveServer, mark: Mark): Configuration {
  const own = new Set(live.mark?.parameters);
  return {
    port: live.credentials.port,
    addresses: live.credentials.addresses,
    isDurable: live.isDurable,
    hasTls: live.hasTls,
    parameters: Object.fromEntries(
      Object.entries(live.parameters).flatMap(([name, { setting }]) => (own.has(name) ? [[name, setting]] : []))
    ),
    mark: { ...live.mark, ...mark }
  };
}

/** A configuration with the values of a step. `null` resets a parameter or tag to its default. */
export function withValues(base: Configuration, values: ServerValues): Configuration {
  const parameters = members(values, 'parameters.', base.parameters);
  const tags = members(values, 'tags.', base.mark.tags ?? {});
  const flag = (value: Value | undefined, now: boolean): boolean => (typeof value === 'boolean' ? value : now);
  return {
    ...base,
    port: typeof values.port === 'number' ? values.port : base.port,
    isDurable: flag(values.durable, base.isDurable),
    hasTls: flag(values.tls, base.hasTls),
    parameters,
    mark: {
      ...base.mark,
      tags,
      parameters: Object.keys(parameters).sort(),
      ...keptSwitches(values, base.mark)
    }
  };
}

/** Writes pgkeep.conf. A running server reads it with a reload or restart. */
export async function writeConfiguration(context: LocalContext, configuration: Configuration): Promise<void> {
  const { layout, machine } = context;
  const settings = await serverSettings(context, layout, configuration);
  await writeSettings(layout.dataDirectory, settings, await directoryOwner(layout.dataDirectory, machine));
}

/** A configuration as settings of the server. */
export async function serverSettings(
  context: LocalContext,
  layout: Pick<ServerLayout, 'certificateFile' | 'keyFile'>,
  configuration: Configuration
): Promise<ServerSettings> {
  const { port, addresses, isDurable, hasTls, parameters, mark } = configuration;
  const { certificateFile, keyFile } = layout;
  return {
    port,
    addresses,
    durable: isDurable,
    sharedMemory: await sharedMemoryType(context.machine),
    tls: hasTls ? { certificateFile, keyFile } : undefined,
    parameters: { ...(mark.isLogging === true ? LOGGING : {}), ...parameters },
    mark: JSON.stringify(mark)
  };
}

function members(
  values: ServerValues,
  prefix: string,
  now: Readonly<Record<string, string>>
): Readonly<Record<string, string>> {
  const next: Record<string, string> = { ...now };
  for (const [field, value] of Object.entries(values)) {
    if (!field.startsWith(prefix)) continue;
    const name = field.slice(prefix.length);
    if (value === null) delete next[name];
    else next[name] = textOf(value);
  }
  return next;
}
