import type { FeatureName } from '../../src/spec/features.ts';
import { startGithub } from '../clouds/github/github.ts';
import type { Step } from '../support/job.ts';
import { changesOf, planOf } from '../support/harness.ts';
import type { ContractHarness, Ground } from './harness.ts';

/** How a workflow asks for something that not every provider has. */
const ASKS: Readonly<Partial<Record<FeatureName, readonly [input: string, value: string]>>> = {
  'customer-key': ['kms_key_id', 'key-1'],
  extensions: ['extensions', 'citext'],
  'high-availability': ['multi_az', 'true'],
  'maintenance-window': ['maintenance_window', 'sun:04:00-sun:05:00'],
  network: ['vpc_id', 'vpc-1'],
  'option-group': ['option_group_name', 'options'],
  pooling: ['enable_proxy', 'true'],
  'storage-performance': ['storage_iops', '3000'],
  username: ['master_username', 'keeper']
};

/**
 * The life of one database on one provider, through the bundle: plan, create, an empty second plan, updates, destroy,
 * absence. Every provider has parameters, tags, replicas and protection; the rest is tested where it has a capability,
 * and what it has none for must be said.
 */
export function holdToContract({
  capabilities,
  inputs,
  seesPasswords,
  unsetsParameters = true,
  open
}: ContractHarness): void {
  let ground: Ground;
  let planned: Step;
  let first: Step;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => ground.close());

  const step = async (changes: Readonly<Record<string, string>> = {}): Promise<Step> =>
    ground.job.step({ ...inputs, ...changes });

  const applied = async (changes: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const one = await step({ command: 'apply', ...changes });
    expect(one.outputs).toMatchObject({ result: 'applied' });
    return changesOf(one);
  };

  /** Applies, and holds what follows to the promise that a second plan is empty. */
  const appliedOnce = async (changes: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const made = await applied(changes);
    const two = await step({ command: 'plan', ...changes });
    expect(await changesOf(two)).toEqual([]);
    expect(two.outputs).toMatchObject({ result: 'no-changes', has_changes: 'false' });
    return made;
  };

  test('plans a database that does not exist, and creates nothing', async () => {
    planned = await step({ command: 'plan' });
    expect(planned.exitCode).toBe(0);
    expect(planned.outputs).toMatchObject({ result: 'planned', has_changes: 'true' });
    expect((await planOf(planned)).steps.every(({ action }) => action === 'create')).toBe(true);
    expect(await ground.leftovers()).toEqual([]);
  });

  test('is missed by a check before its creation', async () => {
    expect((await step({ command: 'check' })).outputs).toMatchObject({ result: 'drifted' });
  });

  test('creates exactly the planned resources, by a plan that is made again', async () => {
    first = await step({ command: 'apply' });
    expect(first).toMatchObject({ exitCode: 0, outputs: { result: 'applied' } });
    expect(first.outputs['plan_digest']).toBe(planned.outputs['plan_digest']);
    expect(await ground.leftovers()).not.toEqual([]);
  });

  test('sets all outputs that a client needs', () => {
    for (const name of ['host', 'port', 'database', 'username', 'sslmode', 'db_instance_id', 'db_instance_endpoint'])
      expect(first.outputs[name]).toMatch(/./);
    expect(first.outputs['db_instance_endpoint']).toBe(`${first.outputs['host']}:${first.outputs['port']}`);
  });

  test('plans nothing the second time, and applies nothing', async () => {
    const again = await step({ command: 'apply' });
    expect(again).toMatchObject({ exitCode: 0, outputs: { result: 'no-changes' } });
    expect(await changesOf(again)).toEqual([]);
  });

  test('finds its outputs again', async () => {
    const found = await step({ command: 'outputs' });
    for (const name of ['host', 'port', 'database', 'username', 'db_instance_id', 'db_instance_resource_id'])
      expect(found.outputs[name]).toBe(first.outputs[name]);
  });

  const parameters = unsetsParameters ? 'and gives them back' : 'and leaves a parameter when it is named no more';
  test(`sets a parameter, tags, a read replica and its protection, changes them, ${parameters}`, async () => {
    const version = capabilities['password-version'].can
      ? { master_password: 'Y3t-An0ther.word~2', master_password_version: '2' }
      : {};
    const set = await appliedOnce({
      parameters: 'work_mem: 8MB',
      tags: 'team: shop\ncost: "1"',
      create_read_replica: 'true',
      enable_deletion_protection: 'true'
    });
    for (const part of [/parameter/, /tags/, /^\+ .*replica/]) expect(set).toContainEqual(expect.stringMatching(part));
    const refused = await step({ command: 'destroy', confirm_destroy: inputs['name'] ?? '' });
    expect(refused).toMatchObject({ exitCode: 1, outputs: { result: 'failed', failure_reason: 'plan-blocked' } });
    const less = { create_read_replica: 'false', enable_deletion_protection: 'false', ...version };
    const changed = await applied({ ...less, parameters: 'work_mem: 9MB', tags: 'team: shop' });
    for (const part of [/8MB → 9MB/, /tags/, /^- .*replica/])
      expect(changed).toContainEqual(expect.stringMatching(part));
    const password = seesPasswords ? / master_password:/ : / master_password_version:/;
    if ('master_password' in version) expect(changed).toContainEqual(expect.stringMatching(password));
    if (unsetsParameters) {
      const given = await appliedOnce({ ...version, parameters: '{}' });
      expect(given).toContainEqual(expect.stringContaining('parameters.work_mem'));
    } else {
      expect(await changesOf(await step({ command: 'plan', parameters: '{}' }))).toEqual([]);
    }
  });

  const takesPasswords = capabilities.password.can;
  const passwords = seesPasswords
    ? 'takes another password'
    : takesPasswords
      ? 'leaves a password as it is, since nobody can see it'
      : 'keeps the password that it made itself';
  test(passwords, async () => {
    const password = 'An0ther-Pass.word~1';
    const rotated = await step({ command: 'rotate' });
    if (takesPasswords) {
      expect(rotated.outputs).toMatchObject({ result: 'failed' });
      expect(rotated.log).toContain('into `master_password`');
    } else {
      expect(rotated.outputs).toMatchObject({ result: 'applied' });
      expect(rotated.outputs['password']).not.toBe(first.outputs['password']);
      expect(rotated.masked).toContain(rotated.outputs['password']);
      expect(`${rotated.log}${rotated.summary}`).not.toContain(rotated.outputs['password']);
      expect(rotated.summary).toContain('The old one ends at once');
    }
    const changed = await step({ command: 'apply', master_password: password });
    expect(changed.outputs['result']).toBe(seesPasswords ? 'applied' : 'no-changes');
    expect(changed.outputs['password'] === password).toBe(takesPasswords);
    expect(changed.masked).toContain(changed.outputs['password']);
    expect(changed.masked).toContain(password);
    if (!seesPasswords) return;
    expect((await step({ command: 'plan', master_password: password })).outputs['result']).toBe('no-changes');
  });

  test('belongs to the repository that created it: no other one changes, reads or destroys it', async () => {
    const stranger = await startGithub({ owner: 'stranger' });
    try {
      const event = stranger.event({ name: 'push' });
      for (const command of ['apply', 'outputs', 'destroy']) {
        const refused = await ground.job.step(
          { ...inputs, command, confirm_destroy: inputs['name'] ?? '' },
          { event, token: stranger.token }
        );
        expect(refused).toMatchObject({ exitCode: 1, outputs: { result: 'failed', failure_reason: 'not-ours' } });
        expect(refused.outputs['password']).toBeUndefined();
        expect(refused.log).toContain('acme/shop');
      }
    } finally {
      await stranger.stop();
    }
    expect((await step({ command: 'check' })).outputs['result']).toBe('no-changes');
  });

  test('reports every feature that it lacks, and goes on; with `strict` it stops', async () => {
    const cannot = Object.entries(ASKS).filter(([feature]) => !capabilities[feature as FeatureName].can);
    const asked = Object.fromEntries(cannot.map(([, ask]) => ask));
    const noticed = await step({ command: 'plan', ...asked });
    expect(noticed.exitCode).toBe(0);
    const notices = (await planOf(noticed)).notices.filter(({ code }) => code === 'unsupported');
    expect(notices.map(({ input }) => String(input)).sort()).toEqual(Object.keys(asked).sort());
    const refused = await step({ command: 'plan', ...asked, strict: 'true' });
    const ending = cannot.length > 0 ? { exitCode: 1, reason: 'unsupported' } : { exitCode: 0, reason: undefined };
    expect({ exitCode: refused.exitCode, reason: refused.outputs['failure_reason'] }).toEqual(ending);
    for (const [feature] of cannot) {
      const capability = capabilities[feature as FeatureName];
      expect(refused.log).toContain(capability.can ? '' : capability.reason);
    }
  });

  test('is destroyed only with its name confirmed', async () => {
    const refused = await step({ command: 'destroy' });
    expect(refused).toMatchObject({ exitCode: 1, outputs: { failure_reason: 'confirm-destroy' } });
    expect(await ground.leftovers()).not.toEqual([]);
  });

  test('is completely gone after it was destroyed, and destroying it again is a success', async () => {
    const destroy = { command: 'destroy', confirm_destroy: inputs['name'] ?? '', skip_final_snapshot: 'true' };
    expect(await step(destroy)).toMatchObject({ exitCode: 0, outputs: { result: 'destroyed' } });
    expect(await ground.leftovers()).toEqual([]);
    expect(await step(destroy)).toMatchObject({ exitCode: 0, outputs: { result: 'no-changes' } });
    expect((await step({ command: 'outputs' })).outputs).toMatchObject({ failure_reason: 'not-found' });
  });
}
