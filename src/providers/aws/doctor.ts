import { defined } from '../../engine/defined.ts';
import { ProviderError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import type { AwsContext } from './context.ts';
import { orderOf } from './checks/availability.ts';
import { wants } from './desired/parts.ts';
import { chooseVersion } from './desired/version.ts';

/** Reports the identity, and problems of permissions, network, version and class. Reads only. */
export async function examine(context: AwsContext): Promise<readonly Finding[]> {
  const { target, settings } = context;
  const checks = [
    finding('Read databases', async () => {
      const live = await context.liveState().main();
      return live === undefined
        ? 'allowed; there is no such database yet'
        : `allowed; the database is ${live.DBInstanceStatus ?? 'there'}`;
    }),
    finding('Read parameter groups', async () => {
      await context.liveState().parameterGroups();
      return 'allowed';
    }),
    finding('PostgreSQL version', async () => {
      const live = await context.liveState().main();
      const choice = await chooseVersion(context, live);
      const [problem] = choice.problems;
      if (problem !== undefined) throw new Missing(`${problem.value ?? ''} ${problem.why}`, problem.allowed);
      const { version } = orderOf(context, live, choice.version);
      return live === undefined ? `${version} is offered` : `the server runs ${version}`;
    }),
    finding('Instance class', async () => classFinding(context)),
    ...(wants('subnet-group', settings) ? [finding('Subnets', async () => subnetFinding(context))] : []),
    ...(wants('security-group', settings)
      ? [
          finding('Read security groups', async () => {
            const filters = [{ Name: 'group-name', Values: [context.names.securityGroup] }];
            await context.call('ec2', 'DescribeSecurityGroups', { Filters: filters });
            return 'allowed';
          })
        ]
      : []),
    ...(wants('monitoring-role', settings) || wants('proxy', settings)
      ? [finding('Read roles', async () => reads(context, 'role'))]
      : []),
    ...(wants('alarm', settings) ? [finding('Read alarms', async () => reads(context, 'alarm'))] : []),
    ...(wants('log-group', settings) ? [finding('Read log groups', async () => reads(context, 'log'))] : []),
    ...(settings.kms_key_id === undefined
      ? []
      : [
          finding('KMS key', async () => {
            const answer = await context.call('kms', 'DescribeKey', { KeyId: settings.kms_key_id });
            if (answer.KeyMetadata?.Enabled !== true)
              throw new Missing('the key is disabled', 'Enable it in the KMS console.');
            return 'usable';
          })
        ])
  ];
  return [
    { what: 'AWS credentials', state: 'ok', detail: `${context.caller} in account ${target.account}` },
    { what: 'Region', state: 'ok', detail: target.region },
    ...(await Promise.all(checks))
  ];
}

/** A problem, with its hint. */
class Missing extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint: string | undefined) {
    super(message);
    this.hint = hint;
  }
}

async function finding(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await check() };
  } catch (thrown) {
    if (thrown instanceof Missing || thrown instanceof ProviderError) {
      const isKnown = thrown instanceof Missing || !['throttled', 'transient'].includes(thrown.kind);
      const { message, hint } = thrown;
      return defined({ what, state: isKnown ? 'missing' : 'unknown', detail: message, hint });
    }
    throw thrown;
  }
}

async function classFinding(context: AwsContext): Promise<string> {
  const live = await context.liveState().main();
  const { version, instanceClass } = orderOf(context, live, (await chooseVersion(context, live)).version);
  if (version === '') throw new Missing('not checked without a version', undefined);
  const options = await context.offerings.orderable(version, instanceClass);
  if (options.length === 0) {
    throw new Missing(
      `${instanceClass} is not sold with PostgreSQL ${version} in ${context.target.region}`,
      'Choose another `instance_class`.'
    );
  }
  return `${instanceClass} can be ordered`;
}

async function subnetFinding(context: AwsContext): Promise<string> {
  const subnets = await context.offerings.subnets(context.settings.subnet_ids ?? []);
  const zones = new Set(subnets.flatMap(subnet => subnet.AvailabilityZone ?? []));
  if (zones.size < 2) {
    throw new Missing(`they cover ${zones.size} availability zone`, 'Give subnets in at least two availability zones.');
  }
  return `they cover ${[...zones].sort().join(', ')}`;
}

async function reads(context: AwsContext, what: 'role' | 'alarm' | 'log'): Promise<string> {
  const { names } = context;
  try {
    if (what === 'role') await context.call('iam', 'GetRole', { RoleName: names.monitoringRole });
    else if (what === 'alarm')
      await context.call('cloudwatch', 'DescribeAlarms', { AlarmNames: [`${names.instance}-cpu`] });
    else await context.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: names.logGroupPrefix });
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.kind !== 'not-found') throw thrown;
  }
  return 'allowed';
}
