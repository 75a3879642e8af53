import { startAws } from '../../../clouds/aws/fake-aws.ts';
import { everything } from '../../../support/aws-inputs.ts';
import { awsRun, lines } from '../../../support/aws-run.ts';

/** Mutating calls that making everything takes, those that fail at first and are repeated among them. */
const CALLS = 34;

describe('a run that ends after the effect of a call, and before its answer', () => {
  test.each(Array.from({ length: Math.ceil(CALLS / 3) }, (_, index) => index * 3 + 1))(
    'call %i: is finished by the next run, with nothing made twice',
    async nth => {
      const cloud = await startAws();
      const inputs = everything(cloud);
      const first = await awsRun(cloud, inputs);
      cloud.killAfter('*', nth, () => first.context.abort(new Error('killed')));
      await expect(first.apply()).rejects.toThrow();
      cloud.clearFaults();

      await (await awsRun(cloud, inputs)).apply();
      const after = await (await awsRun(cloud, inputs)).plan();
      expect(lines(after.plan)).toEqual([]);
      await (await awsRun(cloud, inputs)).destroy();
      expect(cloud.leftovers().filter(left => !left.startsWith('snapshot '))).toEqual([]);
      await cloud.stop();
    },
    20_000
  );
});
