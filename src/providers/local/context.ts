import { randomBytes } from 'node:crypto';
import type { Execution } from '../../engine/execution.ts';
import type { Mark, Ownership, Target } from '../../engine/ownership.ts';
import { ProviderError } from '../../errors.ts';
import { withSqlSession, type ConnectionTarget, type SqlSession } from '../../postgres/connection.ts';
import type { Major } from '../../postgres/major.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import type { ApplyOptions } from '../provider.ts';
import type { ServerCredentials } from './cluster/credentials.ts';
import type { ServerLayout } from './cluster/layout.ts';
import type { Pack } from './cluster/pack.ts';
import type { Located } from './installation/installation.ts';
import type { Machine } from './installation/machine.ts';
import { damagedServer } from './damaged.ts';
import type { DatabaseState } from './live-types.ts';
import type { LiveServer } from './live-types.ts';
import { SUPERUSER } from './addresses.ts';

/** What the resources of the local provider work with. */
export interface LocalContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly machine: Machine;
  /** Paths of the server. Creating and removing the server changes them: read them again after either. */
  readonly layout: ServerLayout;
  /** Reads the prebuilt cluster of a major. The first may have been read ahead. */
  readonly pack: (major: Major) => Promise<Pack>;
  readonly workspace: string;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** The binaries that a new server would run from. */
  readonly located: () => Promise<Located>;
  /** The live server, read once for all resources; `undefined` when there is none. */
  readonly live: () => Promise<LiveServer | undefined>;
  /** Users and databases, read once for all resources; `undefined` when the server does not run. */
  readonly databaseState: () => Promise<DatabaseState | undefined>;
  readonly invalidate: () => void;
  readonly ownershipOf: (mark: Mark | undefined) => Ownership;
  /** The workflow gives the password; otherwise this action generates and stores it. */
  readonly isPasswordGiven: boolean;
  /** The master user's password: given, or kept from an earlier step, or generated now. Masked. */
  readonly masterPassword: () => Promise<string>;
  readonly mask: (value: string) => void;
}

/** The user of the workflow. */
export function masterUser(context: LocalContext, credentials: ServerCredentials | undefined): string {
  return context.settings.master_username ?? credentials?.master?.name ?? SUPERUSER;
}

/** URL-safe, so that one mask covers it in every form. */
export function newPassword(mask: (value: string) => void): string {
  const password = randomBytes(24).toString('base64url');
  mask(password);
  return password;
}

/** How our superuser connects. */
export function superuserTarget({ addresses, port, superuser }: ServerCredentials, database: string): ConnectionTarget {
  const [host = '127.0.0.1'] = addresses;
  return { host, port, user: superuser.name, password: superuser.password, database, tls: 'off' };
}

/** A session of our superuser in a database. */
export async function asSuperuser<T>(
  context: LocalContext,
  credentials: ServerCredentials,
  database: string,
  use: (session: SqlSession) => Promise<T>
): Promise<T> {
  try {
    return await withSqlSession(superuserTarget(credentials, database), context.execution.signal, use);
  } catch (thrown) {
    const isRefused = thrown instanceof ProviderError && thrown.providerCode === '28P01';
    throw isRefused
      ? await damagedServer(context, 'the password in its credentials.json is not its own', thrown)
      : thrown;
  }
}
