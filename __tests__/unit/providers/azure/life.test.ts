import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic, everything } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';

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

  test('is finished by the next apply after any answer was lost', async () => {
    const model = await startAzure();
    await (await azureRun(model, inputs)).apply();
    const count = model.mutations().length;
    await model.stop();
    for (let nth = 1; nth <= count; nth += 1) {
      const cloud = await startAzure();
      cloud.fault({ action: '*', mutating: true, nth, when: 'after' });
      await (await azureRun(cloud, inputs)).apply().catch(() => undefined);
      cloud.clearFaults();
      const next = await azureRun(cloud, inputs);
      await next.apply();
      expect(lines((await next.plan()).plan)).toEqual([]);
      await cloud.stop();
    }
  });
});
