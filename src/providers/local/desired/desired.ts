import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ensure, onCreateOnly } from '../../desired-resources.ts';
import { DATABASE, SERVER, USER } from '../addresses.ts';
import { masterUser, type LocalContext } from '../context.ts';
import { databaseName } from '../resources/child-resource.ts';
import { database } from '../resources/database.ts';
import { user } from '../resources/user.ts';
import type { LookUps } from './look-up.ts';
import { desiredReplicas } from './replicas.ts';
import { desiredServer } from './server.ts';

const UNTAGGED = { settings: {} };

/** The spec in the resources of the runner. */
export function desired(
  context: LocalContext,
  observed: readonly Observed[],
  { located }: LookUps
): readonly Desired[] {
  const server = desiredServer(context, observed, located);
  return [server, ...users(context), ...databases(context), ...desiredReplicas(context, observed, server)];
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
