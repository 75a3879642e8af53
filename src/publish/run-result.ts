import type { ApplyResult } from '../engine/apply.ts';
import type { Cost } from '../engine/cost.ts';
import type { Target } from '../engine/ownership.ts';
import type { Plan } from '../engine/plan.ts';
import type { ActionError } from '../errors.ts';
import type { DatabaseOutputs, Finding } from '../providers/provider.ts';
import type { OperationReport } from '../report/operation-markdown.ts';
import type { RestoreReport } from '../report/restore-markdown.ts';
import type { SweepReport } from '../report/sweep-markdown.ts';
import type { ImportReport } from '../moving-in/import-report.ts';
import type { ReviewOutcome } from '../review/review-outcome.ts';
import type { SchemaDiff } from '../schema-diff/change.ts';
import type { CommandName } from '../spec/catalogue.ts';
import type { Result } from './result.ts';

/** How the schema of a pull request's database differs from the base's. */
export interface SchemaResult {
  readonly diff: SchemaDiff;
  readonly target: Target;
}

/** What an import printed. */
export interface ImportResult {
  readonly report: ImportReport;
  /** Sections of the job summary. */
  readonly markdown: readonly string[];
}

/** The newest backup of the database, as it was read without a restore. */
export type BackupAge =
  | { readonly kind: 'found'; readonly at: string; readonly title: string; readonly seconds: number }
  | { readonly kind: 'none'; readonly why: string; readonly hint: string };

/** The result of a command; the report and the outputs are made of it. */
export interface RunResult {
  readonly command: CommandName;
  readonly result: Result;
  readonly plan?: Plan;
  readonly cost?: Cost;
  readonly applied?: Pick<ApplyResult, 'results' | 'error'>;
  readonly database?: DatabaseOutputs;
  readonly findings?: readonly Finding[];
  readonly snapshot?: string;
  readonly backup?: BackupAge;
  readonly sweep?: SweepReport;
  readonly restore?: RestoreReport;
  readonly operation?: OperationReport;
  readonly schema?: SchemaResult;
  readonly imported?: ImportResult;
  /** One sentence instead of a plan, for runs that have none. */
  readonly remark?: string;
  /** Further updates for GitHub. */
  readonly review?: ReviewOutcome;
  readonly error?: ActionError;
}
