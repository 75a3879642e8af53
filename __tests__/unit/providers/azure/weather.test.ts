import { startAzure, UNHURRIED } from '../../../clouds/azure/fake-azure.ts';
import { everything } from '../../../support/azure-inputs.ts';
import { azureRun } from '../../../support/azure-run.ts';
import { applyInWeather } from '../../../support/weather.ts';

test('an apply of everything finishes despite frequent failures, and creates nothing twice', async () => {
  const wrong = await applyInWeather({
    start: async weather => startAzure({ weather, pace: UNHURRIED }),
    run: async cloud => azureRun(cloud, everything()),
    seeds: [1],
    percent: 8
  });
  expect(wrong).toEqual([]);
}, 120_000);
