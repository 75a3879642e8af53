import { startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { oneOfEach } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';
import { interruptEveryCall } from '../../../support/every-call.ts';

/** What is in a state of its own for a while, which the next run may find over or not. */
const GOES_ON = /DBInstance|CreateDBProxy|RegisterDBProxyTargets|BackupsReplication/;

/** Each state is seen once on the way: a longer stay is one more look at the same. */
const ONE_LOOK = { creating: 1, modifying: 1, optimizing: 1, rebooting: 1, deleting: 1, snapshot: 1, proxy: 1 };

/** One account, set back for each run of a scenario. */
let cloud: FakeAws;
let toNothing = (): void => {};
let toServer: (() => void) | undefined;
beforeAll(async () => {
  cloud = await startAws({ pace: ONE_LOOK });
  toNothing = cloud.savepoint();
});
afterAll(async () => cloud.stop());

const after = (setBack: () => void): FakeAws => {
  setBack();
  return { ...cloud, stop: async () => {} };
};

test('an apply of every kind of supporting resource killed after the effect of any of its calls, or losing its answers, is finished by the next one, with nothing created twice', async () => {
  const wrong = await interruptEveryCall({
    start: async () => after(toNothing),
    run: async on => awsRun(on, oneOfEach(on)),
    work: 'apply',
    goesOn: action => GOES_ON.test(action)
  });
  expect(wrong).toEqual([]);
  // Nothing is wrong with it: the next test begins here.
  toServer = cloud.savepoint();
}, 120_000);

test('the same killed during its destruction, or losing its answers, is gone after the next destroy', async () => {
  if (toServer === undefined) await (await awsRun(cloud, oneOfEach(cloud))).apply();
  const begin = toServer ?? cloud.savepoint();
  const wrong = await interruptEveryCall({
    start: async () => after(begin),
    run: async on => awsRun(on, oneOfEach(on)),
    work: 'destroy'
  });
  expect(wrong).toEqual([]);
}, 120_000);
