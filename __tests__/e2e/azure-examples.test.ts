import { openAzure, type AzureStage } from '../support/azure-stage.ts';
import { changesOf, planOf } from '../support/stage.ts';

describe('the examples of Azure', () => {
  let on: AzureStage;
  beforeEach(async () => {
    on = await openAzure();
  });
  afterEach(async () => on.close());

  test('the basic one is made, with a notice for what was mapped, needs nothing then, grows, and goes', async () => {
    const inputs = on.example('azure-basic');
    const planned = await on.step({ ...inputs, command: 'plan' });
    const mapped = (await planOf(planned)).notices.filter(({ code }) => code === 'value-mapped');
    expect(mapped.map(({ message }) => message).join('\n')).toMatch(/B_Gen5_1/);
    expect((await on.step(inputs)).outputs['result']).toBe('applied');
    expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);
    const { storage_mb: _small, ...rest } = inputs;
    const larger = { ...rest, allocated_storage: '64' };
    expect((await on.step(larger)).outputs['result']).toBe('applied');
    expect(await changesOf(await on.step({ ...larger, command: 'plan' }))).toEqual([]);
    const destroy = { command: 'destroy', confirm_destroy: inputs['name'] ?? '', skip_final_snapshot: 'true' };
    expect((await on.step({ ...larger, ...destroy })).outputs['result']).toBe('destroyed');
    expect(on.azure.leftovers()).toEqual([]);
  }, 60_000);

  test('the one of a pull request is made for it and goes with it', async () => {
    on.stage.github.seedPull({ number: 7 });
    const inputs = on.example('azure-pull-request');
    const made = await on.step(inputs, { name: 'pull_request', number: 7, action: 'opened' });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-7' });
    on.stage.github.close(7);
    const gone = await on.step(inputs, { name: 'pull_request', number: 7, action: 'closed' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(on.azure.leftovers()).toEqual([]);
  }, 60_000);
});
