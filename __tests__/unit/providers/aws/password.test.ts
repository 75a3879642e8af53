import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, snapshotTaken, told } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';

let cloud: FakeAws;
const given = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, inputs)
);

const { applied, planned } = told(async inputs => awsRun(cloud, inputs));

const passwordOf = (id = 'orders'): string | undefined => cloud.state().instances.get(id)?.password;

/** The calls that changed something and carried a password, by name. */
const sent = (): readonly string[] =>
  cloud
    .mutations()
    .filter(({ input }) => 'MasterUserPassword' in input || 'SecretString' in input)
    .map(({ action }) => action);

describe('a changed password', () => {
  test('is not visible, and not sent', async () => {
    await given(basic(cloud));
    expect(
      await applied({ ...basic(cloud), master_password: 'another-battery', backup_window: '05:00-06:00' })
    ).toEqual(['update server: backup_window "03:00-04:00" → "05:00-06:00" (online)']);
    expect(passwordOf()).toBe('correct-horse-battery');
    expect(sent()).toEqual(['CreateDBInstance']);
  });

  test('is sent when its version changes, once', async () => {
    const first = { ...basic(cloud), master_password_version: '1' };
    await given(first);
    expect(await planned(first)).toEqual([]);
    const second = { ...first, master_password: 'another-battery', master_password_version: '2' };
    expect(await applied(second)).toEqual(['update server: master_password_version "1" → "2" (online)']);
    expect(passwordOf()).toBe('another-battery');
    expect(await applied({ ...second, backup_window: '05:00-06:00' })).toHaveLength(1);
    expect(await planned({ ...second, backup_window: '05:00-06:00' })).toEqual([]);
    expect(sent()).toEqual(['CreateDBInstance', 'ModifyDBInstance']);
  });

  test('is sent with the first version of an existing server', async () => {
    await given(basic(cloud));
    const versioned = { ...basic(cloud), master_password: 'another-battery', master_password_version: 'a' };
    expect(await applied(versioned)).toEqual(['update server: master_password_version null → "a" (online)']);
    expect(passwordOf()).toBe('another-battery');
    expect(await planned(versioned)).toEqual([]);
  });

  test('is sent again when the earlier run ended before its version was written', async () => {
    await given({ ...basic(cloud), master_password_version: '1' });
    const second = { ...basic(cloud), master_password: 'another-battery', master_password_version: '2' };
    const killed = await awsRun(cloud, second);
    cloud.killAfter('ModifyDBInstance', 1, () => killed.execution.abort(new Error('killed')));
    await expect(killed.apply()).rejects.toMatchObject({ code: 'cancelled' });
    cloud.clearFaults();
    expect(await applied(second)).toEqual(['update server: master_password_version "1" → "2" (online)']);
    expect(await planned(second)).toEqual([]);
  });

  test('reaches the login of the proxy too', async () => {
    const first = { ...basic(cloud), enable_proxy: 'true', master_password_version: '1' };
    await given(first);
    expect(await planned(first)).toEqual([]);
    const second = { ...first, master_password: 'another-battery', master_password_version: '2' };
    expect([...(await applied(second))].sort()).toEqual([
      'update proxy-secret: master_password_version "1" → "2" (online)',
      'update server: master_password_version "1" → "2" (online)'
    ]);
    const [secret] = [...cloud.state().secrets.values()];
    expect(JSON.parse(secret?.value ?? '{}')).toEqual({ username: 'postgres', password: 'another-battery' });
    expect(await planned(second)).toEqual([]);
  });

  test('of a restored server is set with its version', async () => {
    await given(basic(cloud));
    await snapshotTaken(cloud, { ...basic(cloud), snapshot_identifier: 'before-release' });
    const copy = {
      ...basic(cloud),
      name: 'copy',
      restore_from_snapshot: 'before-release',
      master_password: 'another-battery',
      master_password_version: '7'
    };
    await applied(copy);
    expect(passwordOf('copy')).toBe('another-battery');
    expect(await planned(copy)).toEqual([]);
  });
});

test('a password that replaces the one in Secrets Manager is set when that one is removed', async () => {
  const { master_password: password = '', ...inputs } = basic(cloud);
  await applied(inputs);
  const replaced = { ...inputs, master_password: password };
  expect(await applied(replaced)).toEqual([
    'update server: manage_master_user_password true → false (online)',
    'update server: master_password null → {"$secret":"master_password"} (online)'
  ]);
  expect(passwordOf()).toBe(password);
  expect([...cloud.state().secrets.values()]).toEqual([]);
  expect(await planned(replaced)).toEqual([]);
});
