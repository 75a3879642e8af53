import type { Plan } from '../../../src/engine/plan.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import type { FaultRule } from '../../clouds/faults.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsBasic } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { secretsOfAws, secretsOfGcp, type SecretStoreOf } from '../../support/firewalls.ts';
import { basic as gcpBasic } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

type With = Readonly<Record<string, string>>;

/** A cloud with a secret store and the server `orders`. */
interface Cloud {
  readonly run: (inputs: With) => Promise<CloudRun>;
  readonly secrets: SecretStoreOf;
  readonly fault: (rule: FaultRule) => void;
  readonly clearFaults: () => void;
  /** The call that reads a secret. */
  readonly look: string;
  readonly stop: () => Promise<void>;
}

const CLOUDS: Readonly<Record<string, () => Promise<Cloud>>> = {
  aws: async () => {
    const cloud = await startAws();
    const server = { ...awsBasic(cloud), master_password: 'Canary-horse-8431', skip_final_snapshot: 'true' };
    return {
      run: async inputs => awsRun(cloud, { ...server, ...inputs }),
      secrets: secretsOfAws(cloud),
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      look: 'DescribeSecret',
      stop: async () => cloud.stop()
    };
  },
  gcp: async () => {
    const cloud = await startGcp({ pageSize: 1 });
    return {
      run: async inputs => gcpRun(cloud, { ...gcpBasic(), ...inputs }),
      secrets: secretsOfGcp(cloud),
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      look: `GET /v1/projects/${cloud.project}/secrets/pgkeep_orders_kept`,
      stop: async () => cloud.stop()
    };
  }
};

const DENIED: With = { aws: 'AccessDeniedException', gcp: 'PERMISSION_DENIED' };
const KEPT = { keep_role_passwords: 'true', roles: 'kept: { access: { orders: readonly } }' };
const RENEWED = { ...KEPT, roles: 'kept: { access: { orders: readonly }, password_version: b }' };

const stepsOf = ({ steps }: Plan): readonly string[] =>
  steps.flatMap(({ action, address }) => (action === 'none' ? [] : [`${action} ${address}`]));

describe.each(Object.keys(CLOUDS))('secrets of roles on %s', cloud => {
  let live: Cloud;
  let name: string;
  beforeAll(async () => {
    live = (await CLOUDS[cloud]?.()) ?? fail(cloud);
    name = live.secrets.nameFor('kept');
    await applied({});
  });
  afterEach(() => live.clearFaults());
  afterAll(async () => live.stop());

  const applied = async (inputs: With): Promise<void> => {
    await (await live.run(inputs)).apply();
  };
  const steps = async (inputs: With): Promise<readonly string[]> =>
    stepsOf((await (await live.run(inputs)).plan()).plan);
  const password = (): string | undefined => live.secrets.all()[name];

  test('are made only for generated passwords of roles, and say that they cost money', async () => {
    expect(await steps({ ...KEPT, keep_role_passwords: 'false' })).toEqual([]);
    expect(await steps({ roles: KEPT.roles })).toEqual([]);
    expect(await steps({ ...KEPT, password_seed: 'a seed of more than 16' })).toEqual([]);
    expect(await steps({ ...KEPT, role_passwords: 'kept: "of its own"' })).toEqual([]);
    const run = await live.run(KEPT);
    const { plan, observed } = await run.plan();
    expect(stepsOf(plan)).toEqual(['create role-secret/kept']);
    expect(plan.notices.map(({ code }) => code)).toContain('secrets-billed');
    expect((await run.session.cost(plan, observed))?.cost?.assumptions.join()).toMatch(/secrets/);
  });

  test('of another owner stay as they are', async () => {
    live.secrets.add(name, 'of another owner');
    expect((await (await live.run(KEPT)).plan()).plan.verdict).toBe('blocked');
    const { session } = await live.run(KEPT);
    await expect(session.keptPasswords?.make('kept')).rejects.toMatchObject({ code: 'not-ours' });
    expect(password()).toBe('of another owner');
    if (cloud === 'aws') {
      // Its name is taken while it is being deleted.
      live.secrets.remove(name);
      await expect(applied(KEPT)).rejects.toMatchObject({ code: 'not-ours' });
    }
    live.secrets.purge(name);
  });

  test.each([0, 1, 2])(
    'a lost answer and a refusal of call %s leave nothing that the next run can’t finish',
    async at => {
      const call = live.secrets.calls[at] ?? '';
      live.fault({ action: call, when: 'after' });
      live.fault({ action: call, nth: 2, times: 9, code: DENIED[cloud] ?? '', status: 403 });
      await applied(KEPT).catch(() => undefined);
      await applied(RENEWED).catch(() => undefined);
      live.clearFaults();
      await applied(RENEWED);
      const run = await live.run(RENEWED);
      expect(await run.session.keptPasswords?.make('kept')).toBe(password());
      expect(run.masked.length).toBeGreaterThan(0);
      expect(Object.keys(live.secrets.all())).toEqual([name]);
      const { plan } = await run.plan();
      expect(stepsOf(plan)).toEqual([]);
      expect(plan.notices.map(({ code }) => code)).not.toContain('secrets-billed');
      await applied({ ...KEPT, keep_role_passwords: 'false' });
      expect(live.secrets.all()).toEqual({});
    }
  );

  test('come back with another password while they are being deleted', async () => {
    await applied(KEPT);
    const before = password();
    await applied({ ...KEPT, roles: 'kept: absent' });
    expect(password()).toBeUndefined();
    await applied(KEPT);
    expect(password()).not.toBe(before);
    expect(password()?.length).toBe(32);
    expect(await steps(KEPT)).toEqual([]);
  });

  test('that can’t be read are unknown, and hold nothing else back', async () => {
    live.fault({ action: live.look, code: DENIED[cloud] ?? '', status: 403, times: 99 });
    expect((await (await live.run(KEPT)).plan()).plan.counts.unknown).toBeGreaterThan(0);
    expect(await steps({})).toEqual([]);
  });

  test('lose their marks with the release, and nothing else', async () => {
    const run = await live.run(KEPT);
    await run.session.removeMarks?.(await run.session.observe());
    expect(password()?.length).toBe(32);
    expect((await (await live.run(KEPT)).plan()).plan.verdict).toBe('blocked');
    await applied({ ...KEPT, adopt_existing: 'orders' });
    expect(await steps(KEPT)).toEqual([]);
  });

  test('are removed with the server, also where no input names them', async () => {
    live.secrets.add(live.secrets.nameFor('other'), 'of another owner');
    // Ours comes after it then, on a page of its own.
    await applied({ ...KEPT, keep_role_passwords: 'false' });
    live.secrets.purge(name);
    await applied(KEPT);
    const destroyed = await (await live.run({})).destroy();
    expect(destroyed.steps.map(({ address }) => address)).toContain('role-secret/kept');
    expect(live.secrets.all()).toEqual({ [live.secrets.nameFor('other')]: 'of another owner' });
  });
});

function fail(cloud: string): never {
  throw new Error(`There is no fake of ${cloud}`);
}
