import { startAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

describe('an apply of every kind of supporting resource', () => {
  test.each(['killed', 'lost'] as const)(
    '%s after the effect of any of its calls is finished by the next one, with nothing created twice',
    async how => {
      const wrong = await interruptEveryCall({
        start: startAws,
        run: async cloud => awsRun(cloud, oneOfEach(cloud)),
        work: 'apply',
        how
      });
      expect(wrong).toEqual([]);
    },
    120_000
  );

  test.each(['killed', 'lost'] as const)(
    '%s during its destruction is gone after the next destroy',
    async how => {
      const wrong = await interruptEveryCall({
        start: startAws,
        run: async cloud => awsRun(cloud, oneOfEach(cloud)),
        work: 'destroy',
        how
      });
      expect(wrong).toEqual([]);
    },
    120_000
  );
});
