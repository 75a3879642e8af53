import { readFileSync, statSync } from 'node:fs';
import { withinDirectory } from '../files/within-directory.ts';
import { ActionError } from '../errors.ts';
import type { RunValues } from '../spec/catalogue.ts';
import { INPUT_NAMES } from '../spec/input-names.ts';
import { load, type Layer, type Loaded } from '../spec/load.ts';
import { isNull, parseData, type Raw } from '../spec/parse.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { Runtime } from '../runner/runtime.ts';

/** All inputs of a step, read once. */
export interface Inputs extends Loaded {
  readonly options: Options;
}

/** The run inputs with their defaults. */
export interface Options extends Required<
  Pick<RunValues, 'command' | 'adopt_existing' | 'allow_major_version_upgrade' | 'apply_immediately' | 'approval'>
> {
  readonly strict: boolean;
  readonly wait: boolean;
  readonly timeout_minutes: number;
  readonly drift_issue: boolean;
  readonly allow_unknown: boolean;
  readonly dry_run: boolean;
}

const DEFAULTS: Options = {
  command: 'auto',
  adopt_existing: false,
  allow_major_version_upgrade: false,
  apply_immediately: false,
  approval: 'when-present',
  strict: false,
  wait: true,
  timeout_minutes: 60,
  drift_issue: false,
  allow_unknown: false,
  dry_run: false
};

/**
 * Reads `with:` (the runner passes it as INPUT_* variables) and the configuration file, nearest layer first. Throws
 * `config-invalid` for a file that can't be read; problems of single inputs are in `problems`.
 */
export function readInputs(runtime: Pick<Runtime, 'env' | 'paths'>): Inputs {
  const given = fromEnvironment(runtime.env);
  const layers: Layer[] = [{ values: given }];
  const { config, environment } = given;
  if (config !== undefined) layers.push(...fileLayers(runtime.paths.workspace, config, environment));
  const loaded = load(layers);
  return { ...loaded, options: { ...DEFAULTS, ...loaded.run } };
}

/** An input that a workflow leaves out arrives as an empty text: unset. */
function fromEnvironment(env: Runtime['env']): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (key.startsWith('INPUT_') && value !== undefined && value !== '')
      values[key.slice('INPUT_'.length).toLowerCase()] = value;
  }
  return values;
}

/** The overlay of `environment`, then the top level. */
function fileLayers(workspace: string, file: string, environment: string | undefined): readonly Layer[] {
  const data = readConfig(workspace, file);
  const { environments, ...top } = data;
  const layers: Layer[] = [{ source: file, values: top }];
  if (environments === undefined || isEmpty(environments)) return layers;
  if (!isMap(environments)) throw configInvalid(file, '`environments` is not a map of environments');
  const chosen = environment ?? (typeof top['environment'] === 'string' ? top['environment'] : undefined);
  if (chosen === undefined) return layers;
  const overlay = environments[chosen];
  // An environment that changes nothing.
  if (overlay !== undefined && isEmpty(overlay)) return layers;
  if (!isMap(overlay)) {
    const known = Object.keys(environments);
    const suggestion = didYouMean(chosen, known);
    throw configInvalid(
      file,
      `there is no environment \`${chosen}\`; it has ${known.map(name => `\`${name}\``).join(', ')}${
        suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`
      }`
    );
  }
  return [{ source: `${file} (environments.${chosen})`, values: overlay }, ...layers];
}

/** Of a configuration file. A real one has a few thousand. */
const MOST_BYTES = 1024 * 1024;

function readConfig(workspace: string, file: string): Readonly<Record<string, Raw>> {
  let source: string;
  try {
    const real = withinDirectory([workspace], file, 'the file');
    if (statSync(real).size > MOST_BYTES) throw new Error(`it is larger than the limit of ${MOST_BYTES} bytes`);
    source = readFileSync(real, 'utf8');
  } catch (thrown) {
    const why = `it can't be read: ${thrown instanceof Error ? thrown.message : 'unknown cause'}`;
    const isMissing = (thrown as NodeJS.ErrnoException).code === 'ENOENT';
    throw configInvalid(
      file,
      why,
      isMissing
        ? ' Its path begins at the workspace, into which a job has to check it out first (actions/checkout).'
        : ''
    );
  }
  const parsed = parseData(source);
  if (!parsed.ok) throw configInvalid(file, `it ${parsed.why}`);
  if (!isMap(parsed.value)) throw configInvalid(file, 'it holds no map of inputs');
  return parsed.value;
}

/** A key without a value. */
function isEmpty(raw: Raw): boolean {
  return raw === '' || isNull(raw);
}

function isMap(raw: Raw | undefined): raw is Readonly<Record<string, Raw>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

function configInvalid(file: string, why: string, more = ''): ActionError {
  return new ActionError(`Could not use the configuration file ${file}: ${why}`, {
    code: 'config-invalid',
    source: 'user',
    hint: `The file is YAML with the same keys as \`with:\` (${INPUT_NAMES.slice(0, 3).join(', ')}, …) and, if wanted, \`environments:\`.${more}`
  });
}
