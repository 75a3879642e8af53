import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { drawn } from '../support/draw-calls.ts';

const EXAMPLE = 'aws-advanced';
const AT_ONCE = 2;

/** What is there in the end, without what is named by the moment it was made. */
function whole({ aws }: AwsHarness): readonly string[] {
  const rules = [...aws.state().securityGroups.values()].flatMap(group =>
    [...group.rules.values()].map(({ rule }) => `${group.name} ${rule.IpProtocol} ${rule.CidrIpv4}`)
  );
  return [...aws.leftovers().map(line => line.replace(/-final-\d{14}$/, '-final')), ...rules.sort()];
}

/** The first call, the server's own, and the last: the others are interrupted in unit/providers/aws/resume.test.ts. */
function chosen(actions: readonly string[], server: string): readonly number[] {
  return [1, actions.indexOf(server) + 1, actions.length];
}

/** Kills a run after those of its mutating calls in turn, and says for each of them what was wrong afterwards. */
async function killAt(
  calls: readonly number[],
  once: (nth: number) => Promise<readonly string[]>
): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [...calls];
  const work = async (): Promise<void> => {
    for (let nth = waiting.shift(); nth !== undefined; nth = waiting.shift()) {
      const wrong = await once(nth).catch((thrown: unknown) => [String(thrown)]);
      found.push(...wrong.map(text => `killed after call ${nth}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

describe('a run that is killed after a mutating call', () => {
  let clean: AwsHarness;
  let made: readonly string[];
  let creating: readonly string[];
  let destroying: readonly string[];

  beforeAll(async () => {
    clean = await openAws();
    const inputs = clean.example(EXAMPLE);
    expect((await clean.step(inputs)).outputs['result']).toBe('applied');
    made = whole(clean);
    creating = clean.aws.mutations().map(call => call.action);
    await (await clean.inProcess({ ...inputs, enable_deletion_protection: 'false' })).apply();
    const before = clean.aws.mutations().length;
    await clean.step({ ...inputs, command: 'destroy', confirm_destroy: inputs['name'] ?? '' });
    destroying = clean.aws
      .mutations()
      .slice(before)
      .map(call => call.action);
  }, 120_000);
  afterAll(async () => clean.close());

  test('is finished by the next apply, with nothing created twice and nothing left to plan', async () => {
    expect(creating.length).toBeGreaterThan(6);
    const { calls, seed } = drawn(creating, { others: 3 });
    const wrong = await killAt(calls, async nth => {
      const on = await openAws();
      try {
        const inputs = on.example(EXAMPLE);
        const killed = await on.killed(inputs, '*', nth);
        if (killed?.signal !== 'SIGKILL') return [`it was not killed: ${killed?.log}`];
        const next = await on.step(inputs);
        if (next.exitCode !== 0) return [`the next run failed: ${next.log}`];
        const left = await on.planned(inputs);
        const now = whole(on);
        return [
          ...left.map(change => `still to do: ${change}`),
          ...now.filter(line => !made.includes(line)).map(line => `too much: ${line}`),
          ...made.filter(line => !now.includes(line)).map(line => `missing: ${line}`),
          ...(now.length === made.length ? [] : [`${now.length} things instead of ${made.length}`])
        ];
      } finally {
        await on.close();
      }
    });
    expect(wrong.length === 0 ? [] : [...wrong, seed]).toEqual([]);
  }, 600_000);

  test('during a destroy is finished by the next destroy', async () => {
    expect(destroying.length).toBeGreaterThan(4);
    const wrong = await killAt(chosen(destroying, 'DeleteDBInstance'), async nth => {
      const on = await openAws();
      try {
        const inputs: Readonly<Record<string, string>> = {
          ...on.example(EXAMPLE),
          enable_deletion_protection: 'false'
        };
        await (await on.inProcess(inputs)).apply();
        const destroy = { ...inputs, command: 'destroy', confirm_destroy: inputs['name'] ?? '' };
        const killed = await on.killed(destroy, '*', nth);
        if (killed?.signal !== 'SIGKILL') return [`it was not killed: ${killed?.log}`];
        const next = await on.step(destroy);
        if (next.exitCode !== 0) return [`the next run failed: ${next.log}`];
        const left = on.aws.leftovers().filter(line => !line.startsWith('snapshot '));
        return [
          ...left.map(line => `left: ${line}`),
          ...(on.aws.state().snapshots.size === 1 ? [] : ['not one snapshot'])
        ];
      } finally {
        await on.close();
      }
    });
    expect(wrong).toEqual([]);
  }, 600_000);
});
