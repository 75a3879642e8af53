import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Holds what the tests really sent, and what the fakes answered, to the official API descriptions. Takes the folder
 * that the tests recorded into (`PGKEEP_RECORD_DIR`). The checkers and descriptions are next to the repository, in
 * `../shared`; without them there is nothing to do. Exit status 1: something does not hold, or nothing was recorded;
 * with `--all`, of any API.
 */
const root = path.resolve(import.meta.dirname, '../..');
const shared = path.resolve(root, '..', 'shared');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false } }
});
const records = path.resolve(positionals[0] ?? '.cache/records');

interface Check {
  /** Written by the fake of the same name. */
  readonly record: string;
  readonly program: string;
  readonly options: readonly string[];
  /** OpenAPI paths, next to this file, of operations that the description is silent about. */
  readonly supplement?: string;
}

const specs = path.join(shared, 'specs');
const CHECKS: readonly Check[] = [
  {
    record: 'github.jsonl',
    program: 'validate-json.mjs',
    options: ['--spec', path.join(specs, 'github/api.github.com.subset.json'), '--responses', '1'],
    supplement: 'github-operations.json'
  },
  { record: 'aws.jsonl', program: 'validate-aws-query.mjs', options: ['--models', path.join(specs, 'aws')] },
  {
    record: 'azure.jsonl',
    program: 'validate-json.mjs',
    options: [
      '--spec',
      path.join(specs, 'azure/pg-flex-2025-08-01.openapi.json'),
      '--arm',
      path.join(specs, 'azure/arm-schema-2025-08-01.json'),
      '--responses',
      '1'
    ]
  },
  {
    record: 'digitalocean.jsonl',
    program: 'validate-json.mjs',
    options: ['--spec', path.join(specs, 'digitalocean/do-v2-databases-monitoring.json'), '--responses', '1']
  },
  {
    record: 'gcp.jsonl',
    program: 'validate-json.mjs',
    options: [
      '--spec',
      path.join(specs, 'google/sqladmin.v1.json'),
      '--protos',
      path.join(specs, 'google/protos-google-cloud-sql-0.32.0.json'),
      '--responses',
      '1'
    ]
  },
  {
    record: 'gcp-secrets.jsonl',
    program: 'validate-json.mjs',
    options: ['--spec', path.join(import.meta.dirname, 'secret-manager.json'), '--responses', '1']
  }
];

if (!existsSync(path.join(shared, 'contract')) || !existsSync(specs)) {
  process.stdout.write('The API descriptions are not next to the repository: nothing is checked\n');
} else {
  process.exitCode = checkAll() ? 0 : 1;
}

function checkAll(): boolean {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  // Copied, so that their imports find the libraries of this repository.
  const programs = mkdtempSync(path.join(root, '.cache', 'contract-'));
  try {
    cpSync(path.join(shared, 'contract'), programs, { recursive: true });
    const isThere = ({ record }: Check): boolean => existsSync(path.join(records, record));
    const missing = CHECKS.filter(check => !isThere(check));
    for (const { record } of missing) process.stdout.write(`${record}: nothing was recorded\n`);
    const isEnough = values.all ? missing.length === 0 : missing.length < CHECKS.length;
    return (
      CHECKS.filter(isThere)
        .map(check => holds(programs, check))
        .every(Boolean) && isEnough
    );
  } finally {
    rmSync(programs, { recursive: true, force: true });
  }
}

interface Description {
  readonly paths: Readonly<Record<string, unknown>>;
}

/**
 * The options of a check, with the description completed by its supplement. What the description itself says stands.
 */
function completed(programs: string, { options, supplement }: Check): readonly string[] {
  if (supplement === undefined) return options;
  const file = options[options.indexOf('--spec') + 1] ?? '';
  const read = (name: string): Description => JSON.parse(readFileSync(name, 'utf8')) as Description;
  const [description, more] = [read(file), read(path.join(import.meta.dirname, supplement))];
  const target = path.join(programs, `completed-${path.basename(file)}`);
  writeFileSync(target, JSON.stringify({ ...description, paths: { ...more.paths, ...description.paths } }));
  return options.map(option => (option === file ? target : option));
}

function holds(programs: string, check: Check): boolean {
  const { record, program } = check;
  const args = [path.join(programs, program), ...completed(programs, check), '--jsonl', path.join(records, record)];
  // Into a file: a program that exits by itself loses what a pipe has not taken yet.
  const file = path.join(programs, `${record}.txt`);
  const output = openSync(file, 'w');
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', output, 'pipe'] });
  closeSync(output);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '');
  const sound = lines.filter(line => line.startsWith('ok '));
  const told = new Map<string, number>();
  for (const line of lines) if (!line.startsWith('ok ')) told.set(line, (told.get(line) ?? 0) + 1);
  for (const [line, times] of told) process.stdout.write(times === 1 ? `${line}\n` : `${line} (${times} times)\n`);
  process.stdout.write(`${stderr}${record}: ${sound.length} exchanges hold\n`);
  return status === 0;
}
