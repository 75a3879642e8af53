import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clients, failure, ready } from './clients.ts';
import { startAws, type FakeAws } from './fake-aws.ts';

describe('the fake AWS with the official clients', () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startAws();
  });
  afterEach(async () => {
    await aws.stop();
  });

  test('answers every service on one address, distinguished by the signature', async () => {
    const { rds, ec2, iam, sts, secrets, cloudwatch, logs, kms } = clients(aws);
    await Promise.all([
      sts.getCallerIdentity({}),
      rds.describeDBInstances({}),
      ec2.describeSubnets({ SubnetIds: [...aws.network().subnetIds] }),
      iam.getRole({ RoleName: 'rds-monitoring-role' }),
      secrets.listSecrets({}),
      cloudwatch.describeAlarms({}),
      logs.describeLogGroups({}),
      kms.describeKey({ KeyId: 'alias/aws/rds' })
    ]);
    expect(
      aws
        .calls()
        .map(call => `${call.service} ${call.action} ${call.status}`)
        .sort()
    ).toEqual([
      'ec2 DescribeSubnets 200',
      'iam GetRole 200',
      'kms DescribeKey 200',
      'logs DescribeLogGroups 200',
      'monitoring DescribeAlarms 200',
      'rds DescribeDBInstances 200',
      'secretsmanager ListSecrets 200',
      'sts GetCallerIdentity 200'
    ]);
    expect(aws.mutations()).toEqual([]);
  });

  test('parses lists, structures, numbers, booleans and times, and serialises them again', async () => {
    const { rds } = clients(aws);
    const id = await ready(aws, {
      Tags: [{ Key: 'Team', Value: 'A & B <c>'.replace(/[&<>]/g, '+') }],
      CopyTagsToSnapshot: true
    });
    const [server] = (await rds.describeDBInstances({ DBInstanceIdentifier: id })).DBInstances ?? [];
    expect(server).toMatchObject({
      AllocatedStorage: 20,
      CopyTagsToSnapshot: true,
      TagList: [{ Key: 'Team', Value: 'A + B +c+' }],
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres16', ParameterApplyStatus: 'in-sync' }]
    });
    expect(server?.InstanceCreateTime).toBeInstanceOf(Date);
  });

  test('names errors as the service does on the wire, with its HTTP status', async () => {
    const { rds, ec2, iam, secrets, kms } = clients(aws);
    expect(await failure(rds.describeDBInstances({ DBInstanceIdentifier: 'nobody' }))).toBe(
      'DBInstanceNotFoundFault: DBInstance nobody not found.'
    );
    expect(await failure(ec2.describeVpcs({ VpcIds: ['vpc-0'] }))).toBe(
      "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"
    );
    expect(await failure(iam.getRole({ RoleName: 'nobody' }))).toMatch(/^NoSuchEntityException: /);
    expect(await failure(secrets.getSecretValue({ SecretId: 'nothing' }))).toMatch(/^ResourceNotFoundException: /);
    expect(await failure(kms.describeKey({ KeyId: 'alias/nothing' }))).toMatch(/^NotFoundException: /);
    const codes = aws.calls().map(call => `${call.code} ${call.status}`);
    expect(codes).toEqual([
      'DBInstanceNotFound 404',
      'InvalidVpcID.NotFound 400',
      'NoSuchEntity 404',
      'ResourceNotFoundException 400',
      'NotFoundException 400'
    ]);
  });

  test('keeps regions apart, and shares roles between them', async () => {
    const id = await ready(aws);
    const west = clients(aws, 'us-west-2');
    expect(await failure(west.rds.describeDBInstances({ DBInstanceIdentifier: id }))).toMatch(/not found/);
    expect((await west.iam.getRole({ RoleName: 'rds-monitoring-role' })).Role?.Arn).toBe(aws.monitoringRoleArn);
    expect(aws.network('us-west-2').vpcId).not.toBe(aws.network().vpcId);
  });

  test('answers in small pages', async () => {
    const { rds } = clients(aws);
    const names: (string | undefined)[] = [];
    let marker: string | undefined;
    let pages = 0;
    do {
      const answer = await rds.describeDBParameters({ DBParameterGroupName: 'default.postgres16', Marker: marker });
      names.push(...(answer.Parameters ?? []).map(parameter => parameter.ParameterName));
      marker = answer.Marker;
      pages += 1;
    } while (marker !== undefined);
    expect(pages).toBeGreaterThan(3);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('work_mem');
  });

  test('refuses a key of another account', async () => {
    const { STS } = await import('@aws-sdk/client-sts');
    const credentials = { accessKeyId: 'AKIAUNKNOWNEXAMPLE', secretAccessKey: 'x' };
    const stranger = new STS({ region: 'us-east-1', endpoint: aws.url, maxAttempts: 1, credentials });
    expect(await failure(stranger.getCallerIdentity({}))).toMatch(/^InvalidClientTokenId: /);
  });
});

test('exchanges are recorded without their secrets', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'aws-record-'));
  process.env['PGKEEP_RECORD_DIR'] = directory;
  const aws = await startAws();
  try {
    const { secrets } = clients(aws);
    await ready(aws, { MasterUserPassword: 'correct-horse-battery' });
    await secrets.createSecret({ Name: 'proxy', SecretString: '{"password":"correct-horse-battery"}' });
    await secrets.getSecretValue({ SecretId: 'proxy' });
    const text = await readFile(path.join(directory, 'aws.jsonl'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { readonly method: string; readonly status: number });
    expect(lines.length).toBe(aws.calls().length);
    expect(lines.every(line => line.method === 'POST' && line.status === 200)).toBe(true);
    expect(text).not.toContain('battery');
    expect(text).not.toContain(aws.env['AWS_SESSION_TOKEN']);
    expect(text).toContain('Credential=');
  } finally {
    delete process.env['PGKEEP_RECORD_DIR'];
    await aws.stop();
    await rm(directory, { recursive: true });
  }
});
