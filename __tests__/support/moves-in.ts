import { parse } from 'yaml';
import type { EventChoice } from '../clouds/github/events.ts';
import type { FakeGithub } from '../clouds/github/github.ts';
import type { PlanFile } from './harness.ts';
import { textOf } from './step-in-process.ts';

type With = Readonly<Record<string, string>>;

interface Ran {
  readonly outputs: With;
  readonly log: string;
  readonly summary: string;
}

export interface MovingIn {
  readonly step: (inputs: With, event?: EventChoice) => Promise<Ran>;
  /** Where the adoption is reviewed; without it the steps know no pull request. */
  readonly github?: FakeGithub;
  /** With which the import finds the server. */
  readonly given: With;
  /** One input that is changed after the adoption. */
  readonly change: With;
  /** Everything that the cloud keeps: what differs at the end is the change. */
  readonly state: () => unknown;
  readonly mutations: () => number;
  /** Another tool's apply: it knows none of our tags. */
  readonly strip: () => void;
}

/** The inputs that an import printed, as the next step would be given them. */
export function printedInputs({ outputs }: Pick<Ran, 'outputs'>, password?: string): With {
  const config = outputs['import_config'];
  const [step] = parse(textOf(config?.replace(/pgkeep\.yml$/, 'step.yml'))) as readonly {
    with: Record<string, string>;
  }[];
  const pinned = parse(textOf(config)) as Readonly<Record<string, unknown>> | null;
  const { config: _, ...given } = step?.with ?? {};
  // The secret that the step names.
  if (password !== undefined && given.master_password !== undefined) given.master_password = password;
  const flat = Object.entries(pinned ?? {}).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join('\n') : typeof value === 'string' ? value : JSON.stringify(value)
  ]);
  return { ...given, ...(Object.fromEntries(flat) as With) };
}

/**
 * Import, its files, a plan with them that only adopts, an apply, an empty plan, one change, an apply, the release.
 * Returns the printed inputs, and the paths of what differs in the cloud at the end.
 */
export async function movesIn({ step: run, github, given, change, state, mutations, strip }: MovingIn): Promise<{
  readonly inputs: With;
  readonly unmanaged: string;
  readonly differs: readonly string[];
}> {
  const step: MovingIn['step'] = async (inputs, event) => {
    const ran = await run(inputs, event);
    if (ran.outputs['result'] === 'failed') throw new Error(ran.log);
    return ran;
  };
  const [before, calls] = [structuredClone(state()), mutations()];
  const imported = await step({ ...given, command: 'import' });
  expect([imported.outputs['result'], mutations()]).toEqual(['no-changes', calls]);
  const inputs = printedInputs(imported);
  const number = github?.seedPull().number ?? 0;
  const reviewed = github && ({ name: 'pull_request', number } as const);
  const plan = await step({ ...inputs, command: 'plan' }, reviewed);
  expect(plan.outputs).toMatchObject({ to_create: '0', to_delete: '0', blocked: '0' });
  const { steps } = JSON.parse(textOf(plan.outputs['plan_json'])) as Pick<PlanFile, 'steps'>;
  const planned = steps.filter(({ action }) => action !== 'none');
  expect(planned.map(({ action, changes }) => [action, changes.length])).toEqual(planned.map(() => ['adopt', 0]));
  expect(imported.summary).toContain(plan.outputs['plan_digest']?.slice(0, 12));
  const merged = github && ({ name: 'push', sha: github.merge(number) } as const);
  expect((await step({ ...inputs, command: 'apply' }, merged)).outputs['result']).toBe('applied');
  const { adopt_existing: _, ...kept } = inputs;
  expect((await step({ ...kept, command: 'plan' })).outputs['result']).toBe('no-changes');
  // An import of an adopted server prints the same.
  expect(printedInputs(await step({ ...given, command: 'import' }))).toEqual(inputs);
  const changed = { ...kept, ...change };
  const second = await step({ ...changed, command: 'apply' });
  expect(second.outputs).toMatchObject({ result: 'applied', to_create: '0', to_delete: '0', blocked: '0' });
  if (github !== undefined) {
    // Another owner's apply takes every mark of ours off: what is left of the adoption is its review.
    strip();
    const lost = await run({ ...changed, command: 'plan' });
    expect(lost.outputs['failure_reason']).toBe('not-ours');
    expect(lost.log).toMatch(
      new RegExp(`carries no ownership mark, and this workflow applied the plan of #${number} to it`)
    );
    const again = await step({ ...changed, adopt_existing: given['name'] ?? '', command: 'apply', approval: 'off' });
    expect(again.outputs['result']).toBe('applied');
    expect((await step({ ...changed, command: 'plan' })).outputs['result']).toBe('no-changes');
  }
  expect((await step({ ...changed, command: 'release' })).outputs['result']).toBe('released');
  return { inputs, unmanaged: imported.outputs['unmanaged'] ?? '', differs: differing(before, state()) };
}

/** Paths at which two values differ: `settings.tier`. */
function differing(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isMap(before) && isMap(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap(name => differing(before[name], after[name], path === '' ? name : `${path}.${name}`));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
