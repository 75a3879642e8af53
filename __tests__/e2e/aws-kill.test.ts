import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { drawn } from '../support/draw-calls.ts';
import { without } from '../support/every-call.ts';

const EXAMPLE = 'aws-advanced';

/** What is there in the end, without what is named by the moment it was made. */
function whole({ aws }: AwsHarness): readonly string[] {
  const rules = [...aws.state().securityGroups.values()].flatMap(group =>
    [...group.rules.values()].map(({ rule }) => `${group.name} ${rule.IpProtocol} ${rule.CidrIpv4}`)
  );
  return [...aws.leftovers().map(line => line.replace(/-final-\d{14}$/, '-final')), ...rules.sort()];
}

describe('a run that is killed after a mutating call', () => {
  let on: AwsHarness;
  let inputs: Readonly<Record<string, string>>;
  let toNothing = (): void => {};
  /** What is there after an undisturbed apply, and the calls that made it. */
  let made: readonly string[];
  let creating: readonly string[];
  beforeAll(async () => {
    on = await openAws();
    inputs = { ...on.example(EXAMPLE), enable_deletion_protection: 'false' };
    toNothing = on.aws.savepoint();
    await (await on.inProcess(inputs)).apply();
    made = whole(on);
    creating = on.aws.mutations().map(call => call.action);
  }, 120_000);
  afterAll(async () => on.close());

  // In order: the destroy begins with what the apply has made. Other calls are in unit/providers/aws/resume.test.ts.
  test('during a destroy is finished by the next destroy', async () => {
    const destroy = { ...inputs, command: 'destroy', confirm_destroy: inputs['name'] ?? '' };
    const killed = await on.killed(destroy, 'DeleteDBInstance', 1);
    expect(killed?.signal).toBe('SIGKILL');
    expect((await on.step(destroy)).outputs['result']).toBe('destroyed');
    expect(on.aws.leftovers().filter(line => !line.startsWith('snapshot '))).toEqual([]);
    expect(on.aws.state().snapshots.size).toBe(1);
  }, 60_000);

  test('is finished by the next apply, with nothing created twice and nothing left to plan', async () => {
    const { calls, seed } = drawn(creating, { others: 1 });
    const wrong: string[] = calls.length === 0 ? ['nothing was created'] : [];
    for (const nth of calls) {
      toNothing();
      const killed = await on.killed(inputs, '*', nth);
      if (killed?.signal !== 'SIGKILL') wrong.push(`it was not killed: ${killed?.log}`);
      const next = await on.step(inputs);
      if (next.exitCode !== 0) wrong.push(`the next run failed: ${next.log}`);
      const now = whole(on);
      const found = [
        ...(await on.planned(inputs)).map(change => `still to do: ${change}`),
        ...without(now, made).map(line => `too much: ${line}`),
        ...without(made, now).map(line => `missing: ${line}`)
      ];
      wrong.push(...found.map(text => `killed after call ${nth}: ${text}`));
    }
    expect(wrong.length === 0 ? [] : [...wrong, seed]).toEqual([]);
  }, 600_000);
});
