import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EventChoice } from '../clouds/github/events.ts';
import { startGithub, type FakeGithub, type GithubOptions } from '../clouds/github/github.ts';
import { startJob, type Job, type JobOptions, type Step } from './job.ts';

/** A repository on a fake GitHub, and the jobs that run for it. */
export interface Harness {
  readonly github: FakeGithub;
  /** Begins a job for an event. Default: a push to the main branch. */
  job(event?: EventChoice, options?: JobOptions): Promise<Job>;
  /** Ends all jobs and the fake. Throws when a job left something running that no test expected. */
  close(): Promise<void>;
}

export async function openHarness(options: GithubOptions = {}): Promise<Harness> {
  const github = await startGithub(options);
  const jobs: Job[] = [];
  return {
    github,
    job: async (event = { name: 'push' }, jobOptions = {}) => {
      const job = await startJob({ event: github.event(event), token: github.token, ...jobOptions });
      jobs.push(job);
      return job;
    },
    close: async () => {
      await Promise.all(jobs.map(job => job.end()));
      await github.stop();
    }
  };
}

/** The members of a plan file that tests read. */
export interface PlanFile {
  readonly intent: string;
  readonly verdict: string;
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: readonly {
    readonly address: string;
    readonly action: string;
    readonly impact: string;
    readonly changes: readonly {
      readonly field: string;
      readonly from?: unknown;
      readonly to: unknown;
      readonly shown?: { readonly from?: string; readonly to?: string };
      readonly impact: string;
    }[];
  }[];
  readonly notices: readonly { readonly code: string; readonly message: string; readonly input?: string }[];
}

const schemaFile = path.resolve(import.meta.dirname, '..', '..', 'docs', 'plan.schema.json');

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
let compiled: ValidateFunction | undefined;

/** The plan of a step, read from the file it names. Throws for one that is not as the published schema says. */
export async function planOf(step: Step): Promise<PlanFile> {
  const plan: unknown = JSON.parse(await readFile(step.outputs['plan_json'] ?? '', 'utf8'));
  compiled ??= ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
  if (!compiled(plan))
    throw new Error(`The plan is not as docs/plan.schema.json says: ${ajv.errorsText(compiled.errors)}`);
  return plan as PlanFile;
}

/** Every change of a plan, as `server parameters.work_mem: 4MB → 8MB (online)`; what is created, as `+ server`. */
export async function changesOf(step: Step): Promise<readonly string[]> {
  const plan = await planOf(step);
  const signs: Readonly<Record<string, string>> = { create: '+', delete: '-', adopt: '↪', blocked: '✕' };
  return plan.steps.flatMap(({ address, action, changes }) => {
    if (action === 'none') return [];
    const sign = signs[action];
    if (sign !== undefined) return [`${sign} ${address}`];
    return changes.map(({ field, from, to, shown, impact }) => {
      return `${address} ${field}: ${shown?.from ?? text(from)} → ${shown?.to ?? text(to)} (${impact})`;
    });
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
