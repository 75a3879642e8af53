import type { Desired, Observed } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER } from '../addresses.ts';
import type { LocalContext } from '../context.ts';
import type { Located } from '../installation/installation.ts';
import { askedFor, membersOf, SERVER_KIND, type ServerFields } from '../resources/server/fields.ts';
import { canonicalParameters } from '../resources/server/parameters.ts';

/** The server as the inputs ask for it. Defaults decide only what is created. */
export function desiredServer(
  { settings, spec }: LocalContext,
  observed: readonly Observed[],
  located: Located | undefined
): Desired<ServerFields> {
  const version = versionOf(observed, located);
  const creation = (value: string | undefined): ReturnType<typeof onCreateOnly> | undefined =>
    value === undefined ? undefined : onCreateOnly(value);
  return ensure(
    { settings },
    SERVER_KIND,
    SERVER,
    `server ${spec.name}`,
    {
      ...askedFor(settings),
      status: 'running',
      engine_version: settings.engine_version === undefined ? onCreateOnly(version) : version,
      restore_from_snapshot: creation(settings.restore_from_snapshot),
      restore_source: creation(settings.restore_source),
      ...membersOf('parameters', canonicalParameters(settings.parameters ?? {}, version).values)
    },
    { concurrencyGroup: SERVER, complete: settings.parameters === undefined ? [] : ['parameters'] }
  );
}

/** The version that the server has or will have. */
export function versionOf(observed: readonly Observed[], located: Located | undefined): string {
  return located?.version ?? textOf(observed.find(one => one.address === SERVER)?.fields['engine_version']);
}
