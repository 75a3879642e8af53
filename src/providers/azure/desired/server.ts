import type { Server } from '@azure/arm-postgresql-flexible';
import { defined } from '../../../engine/defined.ts';
import type { Desired, FieldsOf, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { SERVER, SERVER_GROUP } from '../addresses.ts';
import { FEWEST_DAYS, isProvisioned, readStorageType } from '../api/storage.ts';
import type { AzureContext } from '../context.ts';
import { namesWhere, SERVER_KIND, serverField, type ServerTable } from '../resources/server/fields.ts';
import type { Restore } from './restore-source.ts';
import type { VersionChoice } from './version.ts';

type Fields = FieldsOf<ServerTable, FieldValue | Wanted>;

/** The server that the spec asks for. A restored server takes from its source whatever no input sets. */
export function desiredServer(
  context: AzureContext,
  live: Server | undefined,
  restore: Restore | undefined,
  version: VersionChoice
): Desired<ServerTable> {
  const fields: Fields = {
    ...(live === undefined ? defaults(context, restore) : {}),
    ...askedFor(context, live),
    ...defined({
      engine_version: restore === undefined ? version.value : undefined,
      source: restore?.value,
      state: live === undefined ? undefined : 'Ready'
    })
  };
  return ensure(context, SERVER_KIND, SERVER, `server ${context.names.server}`, fields, {
    concurrencyGroup: SERVER_GROUP
  });
}

function askedFor({ settings }: AzureContext, live: Server | undefined): Fields {
  return Object.fromEntries(
    namesWhere(({ asked }) => asked !== undefined).flatMap(name => {
      const value = serverField(name)?.asked?.(settings, live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** What a new server gets where no input says anything: today's smallest equivalents of the module's defaults. */
function defaults({ settings, target }: AzureContext, restore: Restore | undefined): Fields {
  const type = settings.storage_type === undefined ? undefined : readStorageType(settings.storage_type);
  const everyNew = { location: target.region, maintenance_window: 'sun:04:00-sun:05:00', publicly_accessible: false };
  const values: FieldsOf<ServerTable, FieldValue> =
    restore !== undefined
      ? everyNew
      : {
          ...everyNew,
          instance_class: 'Standard_B1ms',
          engine_version: String(DEFAULT_MAJOR),
          allocated_storage: 32,
          // Not every type of storage can grow by itself.
          auto_grow_enabled: type === undefined || !isProvisioned(type),
          backup_retention_period: FEWEST_DAYS,
          geo_redundant_backup: false,
          multi_az: false,
          master_username: 'pgadmin',
          iam_database_authentication_enabled: false
        };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, onCreateOnly(value)]));
}
