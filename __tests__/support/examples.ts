import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';

/** The folder of the examples, laid out as the root of a repository that uses the action. */
export const EXAMPLES = path.resolve(import.meta.dirname, '../../examples');

const ACTION = /^pgkeep\/pgkeep@/;

type Data = Readonly<Record<string, unknown>>;

/**
 * What the repository knows, `vars.VPC_ID` and `secrets.DATABASE_PASSWORD`, and a call's `inputs.name`: by their last
 * names.
 */
export type Values = Readonly<Record<string, string>>;

export interface WorkflowStep {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface WorkflowJob {
  readonly 'runs-on': string;
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix?: Readonly<Record<string, readonly (string | number)[]>> };
  readonly steps: readonly WorkflowStep[];
}

/** The members that the tests read. */
export interface Workflow extends Data {
  readonly name: string;
  readonly on: Data | readonly string[] | string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

/** A use of this action, as the runner would hand it over. */
export interface ExampleStep {
  readonly id: string | undefined;
  /** Its `if:`, as written; `undefined` for a step that always runs. */
  readonly condition: string | undefined;
  /** `with:` as text, expressions worked out. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** One job of an example with one combination of its matrix: what this action is asked for, in order. */
export interface ExampleJob {
  /** `local-matrix.yml` */
  readonly file: string;
  readonly job: string;
  readonly matrix: Readonly<Record<string, string>>;
  readonly steps: readonly ExampleStep[];
}

/** The examples by file name. Default: all of them; else those of one provider. */
export function exampleFiles(provider = ''): readonly string[] {
  return readdirSync(EXAMPLES)
    .filter(file => file.startsWith(provider) && file.endsWith('.yml'))
    .sort();
}

/** Reads a workflow. Throws for invalid YAML and for a key that stands twice. */
export function parseWorkflow(source: string): Workflow {
  const document = parseDocument(source, { strict: true, uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw problem;
  return document.toJS() as Workflow;
}

/** Whether a step uses this action. */
export function isOurs(step: WorkflowStep): boolean {
  return step.uses !== undefined && ACTION.test(step.uses);
}

/** The examples of databases that live and end with the job. */
export function localExampleFiles(): readonly string[] {
  return exampleFiles('local-');
}

/** Every job of some examples; combinations of a matrix that ask this action for the same are one. */
export function exampleJobs(
  files: readonly string[] = localExampleFiles(),
  values: Values = {}
): readonly ExampleJob[] {
  return files.flatMap(file => {
    const workflow = parseWorkflow(readFileSync(path.join(EXAMPLES, file), 'utf8'));
    return Object.entries(workflow.jobs).flatMap(([job, definition]) => {
      const found = new Map<string, ExampleJob>();
      for (const matrix of combinations(definition.strategy?.matrix ?? {})) {
        const steps = definition.steps.filter(isOurs).map(step => ({
          id: step.id,
          condition: step.if,
          inputs: inputsOf(step, matrix, { ...calledWith(workflow), ...values })
        }));
        const key = JSON.stringify(steps);
        if (steps.length > 0 && !found.has(key)) found.set(key, { file, job, matrix, steps });
      }
      return [...found.values()];
    });
  });
}

interface Callable {
  readonly inputs?: Readonly<Record<string, { readonly type?: string; readonly default?: string }>>;
}

/**
 * What a reusable workflow, or one that is started by hand, is called with when its caller names nothing; a number is
 * 7.
 */
export function calledWith({ on }: Workflow): Values {
  if (typeof on === 'string' || Array.isArray(on)) return {};
  const { workflow_call: call, workflow_dispatch: byHand } = on as Readonly<
    Record<string, Callable | null | undefined>
  >;
  return Object.fromEntries(
    Object.entries({ ...call?.inputs, ...byHand?.inputs }).map(([name, input]) => [
      name,
      input.default ?? (input.type === 'number' ? '7' : '')
    ])
  );
}

/** A step's `with:` as text. Throws for an expression that needs more than the matrix and the given values. */
export function inputsOf(
  step: WorkflowStep,
  matrix: Readonly<Record<string, string>>,
  values: Values = {}
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(step.with ?? {}).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (whole: string, expression: string) => {
        const [, execution, key = ''] = /^(matrix|inputs|vars|secrets)\.([\w-]+)$/.exec(expression) ?? [];
        const found = execution === 'matrix' ? matrix[key] : execution === undefined ? undefined : values[key];
        if (found === undefined) throw new Error(`${name}: the tests can't work out ${whole}`);
        return found;
      })
    ])
  );
}

/**
 * The inputs of each step of one example that this action has, for a test that begins with them. The first combination
 * of its matrix.
 */
export function exampleSteps(file: string, values: Values = {}): readonly Values[] {
  const [first] = exampleJobs([file], values);
  if (first === undefined) throw new Error(`${file} has no step of this action`);
  return first.steps.map(({ inputs }) => inputs);
}

/** All combinations of a matrix; without one, a single empty one. */
export function combinations(
  matrix: Readonly<Record<string, readonly (string | number)[]>>
): readonly Readonly<Record<string, string>>[] {
  return Object.entries(matrix).reduce<readonly Readonly<Record<string, string>>[]>(
    (all, [name, values]) => all.flatMap(one => values.map(value => ({ ...one, [name]: String(value) }))),
    [{}]
  );
}
