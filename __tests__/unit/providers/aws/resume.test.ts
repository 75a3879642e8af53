import { startAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

describe('an apply of one of each kind of thing that can stand beside a server', () => {
  test.each(['killed', 'lost'] as const)(
    '%s after the effect of any of its calls is finished by the next one, with nothing made twice',
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
    '%s while it is destroyed is gone after the next destroy',
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
