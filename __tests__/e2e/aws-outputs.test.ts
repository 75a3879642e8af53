import { readFile } from 'node:fs/promises';
import { secretsOfAws } from '../support/firewalls.ts';
import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import type { Step } from '../support/job.ts';

const ARN = 'arn:aws:rds:us-east-1:123456789012';
const NAME = 'learning-assistant-prod';
const hostOf = (id: string): string => `${id}.c9akciq32rrw.us-east-1.rds.amazonaws.com`;

/** The certificates lie in each job's own temporary directory. */
function withoutFile(url: string | undefined): string | undefined {
  return url?.replace(/sslrootcert=[^&]*/, '');
}

describe('the outputs of a database with every feature', () => {
  let on: AwsHarness;
  let inputs: Readonly<Record<string, string>>;
  let step: Step;
  beforeAll(async () => {
    on = await openAws(PROMPT);
    inputs = on.example('aws-production');
    step = await on.step(inputs);
  }, 60_000);
  afterAll(async () => on.close());

  test('are those of the module, under its names', () => {
    const server = on.aws.state().instances.get(NAME);
    const group = [...on.aws.state().securityGroups.values()].find(one => one.name === `${NAME}-db`);
    const replicas = [1, 2].map(number => `${NAME}-replica-${number}`);
    expect(step.outputs).toMatchObject({
      db_instance_id: NAME,
      db_instance_arn: `${ARN}:db:${NAME}`,
      db_instance_endpoint: `${hostOf(NAME)}:5432`,
      db_instance_port: '5432',
      db_instance_name: 'learning_assistant',
      db_instance_username: 'postgres',
      db_instance_resource_id: server?.live.DbiResourceId,
      db_security_group_id: group?.id,
      db_security_group_arn: `arn:aws:ec2:us-east-1:123456789012:security-group/${group?.id}`,
      db_subnet_group_id: `${NAME}-subnets`,
      db_subnet_group_arn: `${ARN}:subgrp:${NAME}-subnets`,
      db_parameter_group_id: `${NAME}-postgres17`,
      db_parameter_group_arn: `${ARN}:pg:${NAME}-postgres17`,
      performance_insights_enabled: 'true',
      performance_insights_kms_key_id: server?.live.PerformanceInsightsKMSKeyId,
      enhanced_monitoring_arn: server?.live.MonitoringRoleArn,
      enhanced_monitoring_log_stream_arn: server?.live.EnhancedMonitoringResourceArn
    });
    expect(JSON.parse(step.outputs['read_replica_ids'] ?? '')).toEqual(replicas);
    expect(JSON.parse(step.outputs['read_replica_arns'] ?? '')).toEqual(replicas.map(id => `${ARN}:db:${id}`));
    expect(JSON.parse(step.outputs['read_replica_endpoints'] ?? '')).toEqual(replicas.map(id => `${hostOf(id)}:5432`));
  });

  test('describe the connection, with the password masked in every form and nothing else masked', () => {
    const { host, port, database, username, password, sslmode } = step.outputs;
    expect({ host, port, database, username, password }).toEqual({
      host: `${NAME}.c9akciq32rrw.us-east-1.rds.amazonaws.com`,
      port: '5432',
      database: 'learning_assistant',
      username: 'postgres',
      password: PASSWORD
    });
    expect(sslmode).toMatch(/^(require|verify-full)$/);
    expect(step.masked).toEqual(expect.arrayContaining([PASSWORD, step.outputs['database_url']]));
    for (const shown of [host, port, database, username]) expect(step.masked).not.toContain(shown);
  });

  test('hold no password of a role that is kept in its own secret, and neither does anything else', async () => {
    const kept = { keep_role_passwords: 'true', roles: 'app: { access: { learning_assistant: readwrite } }' };
    const made = await on.step({ ...inputs, ...kept, command: 'apply', estimate_cost: 'true' });
    expect(made.outputs['result']).toBe('applied');
    expect(made.log).toMatch(/secret pgkeep\/learning-assistant-prod\/role\/app: created/);
    const secrets = secretsOfAws(on.aws).all();
    const password = secrets['pgkeep/learning-assistant-prod/role/app'] ?? '';
    expect(made.masked).toContain(password);
    const told = [made.log, made.summary, await readFile(made.outputs['plan_json'] ?? '', 'utf8')];
    expect(told.filter(text => text.includes(password))).toEqual([]);
    expect(told.every(text => text.includes('bills each secret by the month'))).toBe(true);
  });

  test('are set again in another job, which changes nothing', async () => {
    const before = on.aws.mutations().length;
    const again = await on.step({ ...inputs, command: 'outputs' });
    const names = Object.keys(step.outputs).filter(name => name.startsWith('db_') || name.startsWith('read_replica'));
    expect(names.length).toBeGreaterThan(12);
    for (const name of [...names, 'host', 'password']) expect(again.outputs[name]).toBe(step.outputs[name]);
    expect(withoutFile(again.outputs['database_url'])).toBe(withoutFile(step.outputs['database_url']));
    expect(again.masked).toContain(PASSWORD);
    expect(on.aws.mutations().length).toBe(before);
  });
});

describe('a password that RDS manages', () => {
  let on: AwsHarness;
  beforeAll(async () => {
    on = await openAws(PROMPT);
  });
  afterAll(async () => on.close());

  test('is read from its secret for the outputs, masked, and in no plan', async () => {
    const { master_password: _given, ...inputs } = on.example('aws-basic');
    const step = await on.step({ ...inputs, manage_master_user_password: 'true' });
    expect(step.outputs['result']).toBe('applied');
    const [secret] = [...on.aws.state().secrets.values()];
    const { password } = JSON.parse(secret?.value ?? '{}') as { readonly password: string };
    const found = await on.step({ ...inputs, manage_master_user_password: 'true', command: 'outputs' });
    expect(found.outputs['password']).toBe(password);
    expect(found.masked).toContain(password);
    expect(`${found.log}${step.log}${step.summary}`).not.toContain(password);
  });
});
