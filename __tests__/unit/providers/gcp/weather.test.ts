import { startGcp, UNHURRIED } from '../../../clouds/gcp/fake-gcp.ts';
import { everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';
import { applyInWeather } from '../../../support/weather.ts';

test('an apply of everything finishes despite frequent failures, and creates nothing twice', async () => {
  const wrong = await applyInWeather({
    start: async weather => startGcp({ weather, pace: UNHURRIED }),
    run: async cloud => gcpRun(cloud, everything()),
    seeds: [1],
    percent: 8
  });
  expect(wrong).toEqual([]);
}, 120_000);
