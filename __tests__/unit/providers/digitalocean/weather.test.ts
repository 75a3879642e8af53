import { startDigitalOcean, UNHURRIED } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';
import { applyInWeather } from '../../../support/weather.ts';

test('an apply of everything finishes despite frequent failures, and creates nothing twice', async () => {
  const wrong = await applyInWeather({
    start: async weather => startDigitalOcean({ weather, pace: UNHURRIED }),
    run: async cloud => digitaloceanRun(cloud, everything()),
    seeds: [1],
    percent: 8
  });
  expect(wrong).toEqual([]);
}, 120_000);
