import { startAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { applyInWeather } from '../../../support/weather.ts';

test('an apply of everything finishes despite frequent failures, and creates nothing twice', async () => {
  const wrong = await applyInWeather({
    start: async weather => startAws({ weather }),
    run: async cloud => awsRun(cloud, oneOfEach(cloud)),
    seeds: [1],
    percent: 8
  });
  expect(wrong).toEqual([]);
}, 120_000);
