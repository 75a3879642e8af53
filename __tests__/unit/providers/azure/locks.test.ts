import { azureAccount } from '../../../support/azure-account.ts';
import { everything } from '../../../support/azure-inputs.ts';
import { lines } from '../../../support/azure-run.ts';

type With = Readonly<Record<string, string>>;

const account = azureAccount();

const GUARDED = { ...everything(), enable_deletion_protection: 'true' };
/** Takes away something of each kind that can go by itself. */
const LESS: With = {
  allowed_cidr_blocks: '[]',
  entra_administrators: '[]',
  enable_logging: 'false',
  alarms: '{}',
  read_replica_count: '1'
};

const plan = async (inputs: With) => (await (await account.run(inputs)).plan()).plan;
const apply = async (inputs: With) => (await account.run(inputs)).apply();
const blocked = (steps: Awaited<ReturnType<typeof plan>>['steps']): readonly string[] =>
  steps
    .filter(({ action }) => action === 'blocked')
    .map(({ address }) => address)
    .toSorted((a, b) => a.localeCompare(b));

function lockGroup(level = 'CanNotDelete'): void {
  const [server] = [...account.cloud.state.servers.values()];
  const group = (server?.id ?? '').split('/providers/')[0] ?? '';
  const id = `${group}/providers/Microsoft.Authorization/locks/keep`;
  account.cloud.state.around.set(id.toLowerCase(), { id, name: 'keep', properties: { level } });
}

test('a change that a lock on the server prevents is refused in the plan, and works after an apply that switched it off', async () => {
  await account.made(GUARDED);
  expect(blocked((await plan({ ...GUARDED, ...LESS })).steps)).toEqual([
    'administrator/33333333-4444-5555-6666-777777777777',
    'diagnostic-setting',
    'firewall'
  ]);
  await apply({ ...GUARDED, enable_deletion_protection: 'false' });
  const open = { ...GUARDED, ...LESS, enable_deletion_protection: 'false' };
  expect(blocked((await plan(open)).steps)).toEqual([]);
  await apply(open);
  expect(lines(await plan(open))).toEqual([]);
});

test('a lock is set after the deletions of the same apply', async () => {
  await account.made(everything());
  const less = { ...everything(), ...LESS, enable_deletion_protection: 'true' };
  await apply(less);
  expect(lines(await plan(less))).toEqual([]);
});

test('the lock stays until an input says otherwise, and a destroy is refused until then', async () => {
  await account.made(GUARDED);
  const { enable_deletion_protection: _on, ...silent } = GUARDED;
  expect(lines(await plan(silent))).toEqual([]);
  await expect((await account.run(silent)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
  await apply({ ...silent, enable_deletion_protection: 'false' });
  await (await account.run(silent)).destroy();
  expect(account.cloud.leftovers()).toEqual([]);
});

test('a lock on the resource group, which is not ours, protects everything in it, and is reported', async () => {
  const { enable_deletion_protection: _on, ...inputs } = GUARDED;
  await apply(inputs);
  lockGroup();
  const { steps, notices } = await plan({ ...inputs, ...LESS });
  expect(blocked(steps)).toEqual([
    'administrator/33333333-4444-5555-6666-777777777777',
    'alarm/connections',
    'alarm/cpu',
    'diagnostic-setting',
    'firewall',
    'replica-settings/1',
    'replica-settings/westus',
    'replica/2'
  ]);
  expect(notices.find(({ code }) => code === 'locked')?.message).toContain(
    'the server and its children cannot be deleted'
  );
  await expect((await account.run(inputs)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
});

test('a lock against every change is a warning, blocks each change in the plan, and is named as the way out', async () => {
  await account.made(GUARDED);
  lockGroup('ReadOnly');
  const same = await plan(GUARDED);
  expect(same.notices.find(({ code }) => code === 'locked')).toMatchObject({
    severity: 'warning',
    message: expect.stringContaining('the server cannot be changed') as string
  });
  expect(same.verdict).toBe('no-changes');
  const changed = { ...GUARDED, tags: 'Team: ops', parameters: 'log_statement: none' };
  const { steps } = await plan(changed);
  expect(steps.filter(({ action }) => action !== 'none').map(({ action }) => action)).toEqual(
    steps.filter(({ action }) => action !== 'none').map(() => 'blocked')
  );
  expect(steps.find(({ address }) => address === 'server')?.refusal).toMatchObject({
    rule: 'locked',
    hint: expect.stringMatching(/^Delete the lock `.*\/locks\/keep` first, or make one .*`CanNotDelete`/) as string
  });
  lockGroup('CanNotDelete');
  await apply({ ...GUARDED, tags: 'Team: ops' });
});

test('a lock against every change that comes after the plan ends the apply with the way out', async () => {
  await account.made(GUARDED);
  const run = await account.run({ ...GUARDED, tags: 'Team: ops' });
  await expect(
    run.apply(async () => {
      lockGroup('ReadOnly');
    })
  ).rejects.toMatchObject({ code: 'plan-blocked', hint: expect.stringMatching(/^Delete the lock/) as string });
});
