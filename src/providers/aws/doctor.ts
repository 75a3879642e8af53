import { ProviderError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import type { AwsWorld } from './context.ts';
import { orderOf } from './desired/desired.ts';
import { wants } from './desired/parts.ts';
import { chooseVersion } from './desired/version.ts';

/** Says who we are, and what of reading, network, version and class is missing. Reads only. */
export async function examine(world: AwsWorld): Promise<readonly Finding[]> {
  const { target, settings } = world;
  const checks = [
    finding('Read databases', async () => {
      const live = await world.reading().main();
      return live === undefined
        ? 'allowed; there is no such database yet'
        : `allowed; the database is ${live.DBInstanceStatus ?? 'there'}`;
    }),
    finding('Read parameter groups', async () => {
      await world.reading().parameterGroups();
      return 'allowed';
    }),
    finding('PostgreSQL version', async () => {
      const live = await world.reading().main();
      const choice = await chooseVersion(world, live);
      const [problem] = choice.problems;
      if (problem !== undefined) throw new Missing(`${problem.value ?? ''} ${problem.why}`, problem.allowed);
      const { version } = orderOf(world, live, choice.version);
      return live === undefined ? `${version} is offered` : `the server runs ${version}`;
    }),
    finding('Instance class', async () => classFinding(world)),
    ...(wants('subnet-group', settings) ? [finding('Subnets', async () => subnetFinding(world))] : []),
    ...(wants('security-group', settings)
      ? [
          finding('Read security groups', async () => {
            const filters = [{ Name: 'group-name', Values: [world.names.securityGroup] }];
            await world.call('ec2', 'DescribeSecurityGroups', { Filters: filters });
            return 'allowed';
          })
        ]
      : []),
    ...(wants('monitoring-role', settings) || wants('proxy', settings)
      ? [finding('Read roles', async () => reads(world, 'role'))]
      : []),
    ...(wants('alarm', settings) ? [finding('Read alarms', async () => reads(world, 'alarm'))] : []),
    ...(wants('log-group', settings) ? [finding('Read log groups', async () => reads(world, 'log'))] : []),
    ...(settings.kms_key_id === undefined
      ? []
      : [
          finding('KMS key', async () => {
            const answer = await world.call('kms', 'DescribeKey', { KeyId: settings.kms_key_id });
            if (answer.KeyMetadata?.Enabled !== true)
              throw new Missing('the key is disabled', 'Enable it in the KMS console.');
            return 'usable';
          })
        ])
  ];
  return [
    { what: 'AWS credentials', state: 'ok', detail: `${world.caller} in account ${target.account}` },
    { what: 'Region', state: 'ok', detail: target.region },
    ...(await Promise.all(checks))
  ];
}

/** Something that is not as it must be, with the way out. */
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
      return { what, state: isKnown ? 'missing' : 'unknown', detail: message, ...(hint === undefined ? {} : { hint }) };
    }
    throw thrown;
  }
}

async function classFinding(world: AwsWorld): Promise<string> {
  const live = await world.reading().main();
  const { version, instanceClass } = orderOf(world, live, (await chooseVersion(world, live)).version);
  if (version === '') throw new Missing('not checked without a version', undefined);
  const options = await world.reading().orderable(version, instanceClass);
  if (options.length === 0) {
    throw new Missing(
      `${instanceClass} is not sold with PostgreSQL ${version} in ${world.target.region}`,
      'Choose another `instance_class`.'
    );
  }
  return `${instanceClass} can be ordered`;
}

async function subnetFinding(world: AwsWorld): Promise<string> {
  const subnets = await world.reading().subnets();
  const zones = new Set(subnets.flatMap(subnet => subnet.AvailabilityZone ?? []));
  if (zones.size < 2) {
    throw new Missing(`they cover ${zones.size} availability zone`, 'Give subnets in at least two availability zones.');
  }
  return `they cover ${[...zones].sort().join(', ')}`;
}

async function reads(world: AwsWorld, what: 'role' | 'alarm' | 'log'): Promise<string> {
  const { names } = world;
  try {
    if (what === 'role') await world.call('iam', 'GetRole', { RoleName: names.monitoringRole });
    else if (what === 'alarm')
      await world.call('cloudwatch', 'DescribeAlarms', { AlarmNames: [`${names.instance}-cpu`] });
    else await world.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: names.logGroupPrefix });
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.kind !== 'not-found') throw thrown;
  }
  return 'allowed';
}
