import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { identity } from '../clouds/certificate.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';

let on: AwsHarness;
let inputs: Readonly<Record<string, string>>;
beforeAll(async () => {
  on = await openAws();
  inputs = on.example('aws-basic');
  await (await on.inProcess(inputs)).apply();
});
afterAll(async () => on.close());

const lookUps = (): number => on.aws.calls().filter(({ action }) => action === 'LookupEvents').length;
const check = async () => on.step({ ...inputs, command: 'check', drift_issue: 'true' });

test('a check without drift asks no audit trail', async () => {
  expect((await check()).outputs['result']).toBe('no-changes');
  expect(lookUps()).toBe(0);
});

test('a check that finds drift names who caused it, in the failure and in the issue, inert', async () => {
  const id = inputs['name'] ?? '';
  const live = on.aws.state().instances.get(id);
  if (live === undefined) throw new Error('no instance');
  Object.assign(live.live, { BackupRetentionPeriod: 3 });
  on.aws.trail.push({
    at: new Date((on.aws.trail.at(-1)?.at.getTime() ?? 0) + 60_000),
    event: 'ModifyDBInstance',
    resources: [id],
    arn: 'arn:aws:sts::123456789012:assumed-role/admin/jane@example.com',
    userAgent: 'console'
  });
  const step = await check();
  expect(step.outputs['result']).toBe('drifted');
  expect(step.annotations[0]?.message).toMatch(
    /Changed by arn:aws:sts::123456789012:assumed-role\/admin\/jane@example\.com on \d{4}-\d\d-\d\d \d\d:\d\d UTC \(ModifyDBInstance of server .*\), as CloudTrail says\./
  );
  expect(lookUps()).toBe(1);
  const [issue] = on.harness.github.issues();
  expect(issue?.body).toContain('Changed by arn');
  expect(issue?.body).not.toContain('jane@example');
});

test('other workflows and a webhook are told, and the address is shown nowhere', async () => {
  const received: string[] = [];
  const { certificate, key, file } = identity();
  const server = createServer({ cert: certificate, key }, (request, response) => {
    request.on('data', (chunk: Buffer) => received.push(chunk.toString('utf8')));
    request.on('end', () => response.writeHead(request.url === '/broken' ? 500 : 200).end());
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const job = await on.job();
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tell = async (path: string, more: Readonly<Record<string, string>> = {}) =>
      job.step(
        { ...inputs, command: 'check', drift_webhook: `${address}${path}`, ...more },
        { env: { ...on.aws.env, NODE_EXTRA_CA_CERTS: file } }
      );
    const refused = await tell('/token-in-the-path', { drift_dispatch: 'true' });
    expect(refused.annotations.map(({ message }) => message).join()).toContain('`permissions: contents: write`');
    received.length = 0;
    on.harness.github.permit({ contents: 'write', issues: 'write' });
    const step = await tell('/token-in-the-path', { drift_dispatch: 'true' });
    expect(step.annotations.filter(({ level }) => level === 'warning')).toEqual([]);
    expect(step.masked.join('\n')).toContain('token-in-the-path');
    expect(step.log).not.toContain('token-in-the-path');
    const body = JSON.parse(received.join('')) as Readonly<Record<string, unknown>>;
    expect(body).toMatchObject({
      version: 1,
      text: expect.stringContaining('Changed by arn') as string,
      database: { provider: 'aws', name: inputs['name'] },
      drift: expect.any(String) as string,
      differences: [expect.objectContaining({ address: 'server', field: 'backup_retention_period' })]
    });
    expect(on.harness.github.sentEvents()).toEqual([{ type: 'pgkeep-drift', payload: body }]);
    const broken = await tell('/broken');
    expect(broken.annotations.map(({ message }) => message).join()).toContain(
      'The webhook was not told of the drift: it answered with status 500.'
    );
  } finally {
    server.close();
  }
});

test('a webhook without TLS is refused', async () => {
  const step = await on.step({ ...inputs, command: 'check', drift_webhook: 'http://chat.example.com/x' });
  expect(step.outputs['failure_reason']).toBe('input-invalid');
});

test('where the trail may not be read, the permission is named', async () => {
  on.aws.fault({ action: 'LookupEvents', code: 'AccessDeniedException', times: 9 });
  const step = await check();
  expect(step.outputs['result']).toBe('drifted');
  expect(step.annotations[0]?.message).toContain(
    'Who changed it could not be read: CloudTrail needs the permission `cloudtrail:LookupEvents`.'
  );
});
