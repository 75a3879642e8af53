import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

type With = Readonly<Record<string, string>>;

describe.each([
  ['small', basic()],
  ['with everything', everything()]
] as const)('a database on Azure, %s,', (_name, inputs: With) => {
  let azure: FakeAzure;
  beforeEach(async () => {
    azure = await startAzure();
  });
  afterEach(async () => azure.stop());

  test('is made as planned, needs nothing then, is changed, and goes without a trace', async () => {
    const made = await azureRun(azure, inputs);
    expect((await made.apply()).plan.steps.map(({ action }) => action)).not.toContain('blocked');
    expect(lines((await made.plan()).plan)).toEqual([]);
    const larger = await azureRun(azure, { ...inputs, allocated_storage: '64' });
    expect(lines((await larger.plan()).plan).join()).toContain('64');
    await larger.apply();
    expect(lines((await larger.plan()).plan)).toEqual([]);
    await larger.destroy();
    expect(azure.leftovers()).toEqual([]);
  });

  test.each([
    ['apply', 'killed'],
    ['apply', 'lost'],
    ['destroy', 'killed'],
    ['destroy', 'lost']
  ] as const)(
    'whose %s is %s at any call is finished by the next one',
    async (work, how) => {
      const wrong = await interruptEveryCall({
        start: startAzure,
        run: async cloud => azureRun(cloud, inputs),
        work,
        how
      });
      expect(wrong).toEqual([]);
    },
    60_000
  );
});
