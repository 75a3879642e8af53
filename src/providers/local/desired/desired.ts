import type { Notice } from '../../../engine/plan.ts';
import type { Desired, Observed, Wanted } from '../../../engine/resource.ts';
import { textOf, type FieldValue } from '../../../engine/value.ts';
import { replicaCount } from '../../../spec/spec.ts';
import type { DesiredState } from '../../provider.ts';
import { desiredInitSql } from '../resources/init-sql.ts';
import { databaseName } from '../resources/child-resource.ts';
import { canonicalParameters } from '../resources/server/parameters.ts';
import { requireSource } from './restore-source.ts';
import { DATABASE, EXTENSION, REPLICA, SERVER, USER, extensionAddress, replicaAddress } from '../addresses.ts';
import { masterUser, type LocalContext } from '../context.ts';

/** What the spec means on the runner. Defaults that nobody set are marked as such: they decide what is created and nothing later. */
export async function desire(context: LocalContext, observed: readonly Observed[]): Promise<DesiredState> {
  const { settings, spec } = context;
  const live = observed.find(resource => resource.address === SERVER);
  const notices: Notice[] = [];
  if (live === undefined && settings.restore_source !== undefined)
    await requireSource(context, settings.restore_source);
  const located = live === undefined || settings.engine_version !== undefined ? await context.located() : undefined;
  for (const { message } of located?.notices ?? []) {
    notices.push({ code: 'value-mapped', severity: 'info', input: 'engine_version', message });
  }
  const liveVersion = live?.fields['engine_version'];
  const version = located?.version ?? textOf(liveVersion);
  const parameters = canonicalParameters(settings.parameters ?? {}, version);
  notices.push(...parameters.notices);
  if (settings.keep_running === true && context.machine.env['GITHUB_ACTIONS'] === 'true') {
    notices.push({
      code: 'job-scoped',
      severity: 'info',
      input: 'keep_running',
      message: 'The server is left running after the job; on a hosted runner the machine itself ends with the job.'
    });
  }

  const desired: Desired[] = [
    {
      ...place(SERVER, SERVER, `server ${spec.name}`, []),
      fields: {
        status: always('running'),
        engine_version: { value: version, managed: settings.engine_version !== undefined },
        ...(settings.port === undefined ? {} : { port: always(settings.port) }),
        tls: preferred(settings.tls, false),
        durable: preferred(settings.durable, false),
        enable_logging: preferred(settings.enable_logging, false),
        enable_deletion_protection: preferred(settings.enable_deletion_protection, false),
        ...(settings.restore_from_snapshot === undefined
          ? {}
          : { restore_from_snapshot: { value: settings.restore_from_snapshot, managed: false } }),
        ...(settings.restore_source === undefined
          ? {}
          : { restore_source: { value: settings.restore_source, managed: false } }),
        ...prefixed('parameters', parameters.values),
        ...prefixed('tags', settings.tags ?? {})
      },
      complete: [
        ...(settings.parameters === undefined ? [] : ['parameters']),
        ...(settings.tags === undefined ? [] : ['tags'])
      ]
    }
  ];
  if (settings.master_username !== undefined || context.isPasswordGiven) {
    desired.push({
      ...place(USER, USER, `user ${masterUser(context, undefined)}`, [SERVER]),
      fields: {
        master_username: always(masterUser(context, undefined)),
        master_password: { value: { $secret: 'master_password' }, managed: context.isPasswordGiven }
      }
    });
  }
  if (settings.database_name !== undefined) {
    desired.push({
      ...place(DATABASE, DATABASE, `database ${databaseName(context)}`, [SERVER, USER]),
      fields: { database_name: always(databaseName(context)) }
    });
  }
  for (const name of settings.extensions ?? []) {
    desired.push({
      ...place(extensionAddress(name), EXTENSION, `extension ${name}`, [SERVER, DATABASE]),
      fields: { extension: always(name) }
    });
  }
  desired.push(...(await desiredInitSql(context)));
  desired.push(...desiredReplicas(context, observed, parameters.values));
  return { desired, notices };
}

/** Replicas are numbered from 1; fewer of them means that the highest go. */
function desiredReplicas(
  context: LocalContext,
  observed: readonly Observed[],
  parameters: Readonly<Record<string, string>>
): readonly Desired[] {
  const count = replicaCount(context.settings);
  if (count === undefined) return [];
  const live = observed.filter(resource => resource.type === REPLICA).length;
  return Array.from({ length: Math.max(count, live) }, (_, index) => index + 1).map(number => ({
    ...place(replicaAddress(number), REPLICA, `read replica ${number} of ${context.spec.name}`, [SERVER]),
    presence: number <= count ? 'present' : 'absent',
    concurrencyGroup: replicaAddress(number),
    fields: { status: always('running'), ...prefixed('parameters', parameters) },
    ...(context.settings.parameters === undefined ? {} : { complete: ['parameters'] })
  }));
}

type ResourceHead = Pick<Desired, 'address' | 'type' | 'title' | 'presence' | 'dependsOn' | 'concurrencyGroup'>;

function place(address: string, type: string, title: string, dependsOn: readonly string[]): ResourceHead {
  return { address, type, title, presence: 'present', dependsOn, concurrencyGroup: SERVER };
}

function always(value: FieldValue): Wanted {
  return { value, managed: true };
}

function preferred(given: boolean | undefined, otherwise: boolean): Wanted {
  return { value: given ?? otherwise, managed: given !== undefined };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Readonly<Record<string, Wanted>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, always(value)]));
}
