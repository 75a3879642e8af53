import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { DATABASE, extensionAddress, INIT_SQL, SERVER, USER } from '../addresses.ts';
import { masterUser, type LocalContext } from '../context.ts';
import { databaseName } from '../resources/child-resource.ts';
import { database } from '../resources/database.ts';
import { extension } from '../resources/extension.ts';
import { initSql, initSqlTitle } from '../resources/init-sql.ts';
import { user } from '../resources/user.ts';
import { INIT_SQL_FIELDS, wantedFields } from '../../../postgres/init-sql.ts';
import type { LookUps } from './look-up.ts';
import { desiredReplicas } from './replicas.ts';
import { desiredServer } from './server.ts';

const UNTAGGED = { settings: {} };

/** The spec in the resources of the runner. */
export function desired(
  context: LocalContext,
  observed: readonly Observed[],
  { located, scripts }: LookUps
): readonly Desired[] {
  const server = desiredServer(context, observed, located);
  return [
    server,
    ...users(context),
    ...databases(context),
    ...extensions(context),
    ...initialSql(context, scripts),
    ...desiredReplicas(context, observed, server)
  ];
}

function users(context: LocalContext): readonly Desired[] {
  const name = masterUser(context, undefined);
  if (context.settings.master_username === undefined && !context.isPasswordGiven) return [];
  const secret: FieldValue = { $secret: 'master_password' };
  const values = { master_username: name, master_password: context.isPasswordGiven ? secret : onCreateOnly(secret) };
  return [ensure(UNTAGGED, user, USER, `user ${name}`, values, { dependsOn: [SERVER], concurrencyGroup: SERVER })];
}

function databases(context: LocalContext): readonly Desired[] {
  if (context.settings.database_name === undefined) return [];
  const name = databaseName(context);
  const order = { dependsOn: [SERVER, USER], concurrencyGroup: SERVER };
  return [ensure(UNTAGGED, database, DATABASE, `database ${name}`, { database_name: name }, order)];
}

function extensions({ settings }: LocalContext): readonly Desired[] {
  const order = { dependsOn: [SERVER, DATABASE], concurrencyGroup: SERVER };
  return (settings.extensions ?? []).map(name =>
    ensure(UNTAGGED, extension, extensionAddress(name), `extension ${name}`, { extension: name }, order)
  );
}

function initialSql(context: LocalContext, scripts: LookUps['scripts']): readonly Desired[] {
  if (scripts.length === 0) return [];
  const extensionAddresses = (context.settings.extensions ?? []).map(extensionAddress);
  const order = { dependsOn: [SERVER, USER, DATABASE, ...extensionAddresses], concurrencyGroup: SERVER };
  const kind = { type: initSql.type, fields: INIT_SQL_FIELDS };
  return [ensure(UNTAGGED, kind, INIT_SQL, initSqlTitle(context), wantedFields(scripts), order)];
}
