import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** What the runner knows when it works out an action's inputs. */
export interface InputContext {
  /** `github.token` */
  readonly token: string;
  /** `job.status` */
  readonly jobStatus: 'success' | 'failure' | 'cancelled';
}

const ACTION_FILE = path.resolve(import.meta.dirname, '..', '..', 'action.yml');

/**
 * The `INPUT_*` variables as the runner sets them: those of `with:`, known or not, and every other input of action.yml
 * with its default. An input that has neither is an empty text.
 */
export function inputVariables(
  given: Readonly<Record<string, string>>,
  execution: InputContext
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(defaults())) values[name] = evaluated(value, execution);
  Object.assign(values, given);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value])
  );
}

let read: Readonly<Record<string, string>> | undefined;

/** Read once: a test process starts dozens of steps. */
function defaults(): Readonly<Record<string, string>> {
  return (read ??= readDefaults());
}

function readDefaults(): Readonly<Record<string, string>> {
  if (!existsSync(ACTION_FILE)) return { github_token: '${{ github.token }}', job_status: '${{ job.status }}' };
  const action = parse(readFileSync(ACTION_FILE, 'utf8')) as {
    readonly inputs?: Readonly<Record<string, { readonly default?: string | number | boolean } | null>>;
  };
  return Object.fromEntries(
    Object.entries(action.inputs ?? {}).map(([name, input]) => [name, String(input?.default ?? '')])
  );
}

function evaluated(value: string, { token, jobStatus }: InputContext): string {
  return value.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (whole: string, expression: string) => {
    if (expression === 'github.token') return token;
    if (expression === 'job.status') return jobStatus;
    throw new Error(`action.yml has a default that the tests' runner can't work out: ${whole}`);
  });
}
