import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FakeGithub } from '../clouds/github/github.ts';
import type { Job, Step } from './job.ts';

/** Where a secret may lie: what the runner itself keeps for the job, and what only the server's user may read. */
const KEEPERS = [
  /^_runner_file_commands\/set_output_/,
  /^pgkeep\/[^/]+\/(standby-\d+\/)?(credentials\.json|passfile)$/
];

/** Everything that a run leaves for others to see. */
export interface Traces {
  readonly job: Job;
  readonly github: FakeGithub;
  readonly steps: readonly Step[];
}

/**
 * Every place where one of some secrets shows up although it must not: logs, summaries, comments, requests to GitHub,
 * the process list, files in the runner's temporary folder and in the workspace. Empty when it is nowhere.
 */
export function leaksOf(secrets: readonly string[], { job, github, steps }: Traces): readonly string[] {
  const places: [string, string][] = [
    ...steps.flatMap((step, index): [string, string][] => [
      [`log of step ${index + 1}`, step.log],
      [`summary of step ${index + 1}`, step.summary],
      [`state of step ${index + 1}`, JSON.stringify(step.state)],
      [`process list during step ${index + 1}`, step.commands.join('\n')]
    ]),
    ...github
      .issues()
      .flatMap(issue => github.comments(issue.number))
      .map(({ id, body }): [string, string] => [`comment ${id}`, body]),
    ...github.exchanges.map(({ method, url, body }): [string, string] => [`${method} ${url}`, body])
  ];
  const forms = secrets.flatMap(formsOf);
  const found = places.filter(([, text]) => forms.some(form => text.includes(form))).map(([place]) => place);
  return [...found, ...filesWith(forms, job.temp), ...filesWith(forms, job.workspace)];
}

/** Every readable spelling of it. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, json, encodeURIComponent(secret), base64, secret.replaceAll("'", "''")])];
}

/** Each file is read once: those of a server are a thousand. */
function filesWith(forms: readonly string[], directory: string): readonly string[] {
  const sought = forms.map(form => Buffer.from(form));
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap(entry => {
    if (!entry.isFile()) return [];
    const full = path.join(entry.parentPath, entry.name);
    const content = contentOf(full);
    if (!sought.some(form => content.includes(form))) return [];
    const name = path.relative(directory, full).split(path.sep).join('/');
    if (!KEEPERS.some(keeper => keeper.test(name))) return [`file ${name}`];
    return name.startsWith('pgkeep/') && isOpen(statSync(full).mode) ? [`file ${name}, which others may read`] : [];
  });
}

/** Empty for a file that a server has removed meanwhile. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Windows has no such modes: there the folder's own list of rights decides. */
function isOpen(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}
