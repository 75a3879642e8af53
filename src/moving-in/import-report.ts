import { stringify } from 'yaml';
import type { RawInputs } from './candidates.ts';
import { code } from '../report/markdown.ts';
import type { LettingGo } from './terraform-state.ts';

/** Something of a live database that no input of the printed configuration is about. */
export interface Unmanaged {
  readonly what: string;
  readonly why: string;
  /** The input that would take it over. */
  readonly input?: string;
}

/** A password is named, and never written. */
export const PASSWORD = '${{ secrets.DATABASE_PASSWORD }}';

/** How a step gets into the server. */
export type WayInputs = Readonly<
  Partial<Record<'master_password' | 'runner_access' | 'connect_through' | 'login_as', string>>
>;

/** What `command: import` found and proved. */
export interface ImportReport {
  readonly provider: string;
  readonly name: string;
  /** Tells it from a database of the same name elsewhere: in another account, region or environment. */
  readonly key: string;
  /** Where the database is: inputs of the step. */
  readonly place: RawInputs;
  /** The name of the configuration file, which the step names. */
  readonly file: string;
  /** Inputs whose live value is not a default: the configuration file. */
  readonly pinned: RawInputs;
  /** Digest of the plan with these very inputs. The first plan of the workflow has the same. */
  readonly digest: string;
  /** It carries the mark of this workflow already. */
  readonly isOurs: boolean;
  readonly unmanaged: readonly Unmanaged[];
  /** Inputs of the step that lead into the server, where the configuration is about its inside. */
  readonly way?: WayInputs;
  readonly lettingGo?: LettingGo;
}

/** The files of a pull request: of this database alone, so that those of another one stay as they are. */
export function pullFiles({ name, key }: Pick<ImportReport, 'name' | 'key'>): {
  readonly config: string;
  readonly step: string;
} {
  // Not among the workflows: the token of a workflow may write none.
  return { config: `pgkeep-${name}-${key}.yml`, step: `.github/pgkeep-step-${name}-${key}.yml` };
}

/** The configuration file: the pinned inputs. Empty where there is none. */
export function configFile({ pinned }: Pick<ImportReport, 'pinned'>): string {
  const values = Object.fromEntries(Object.entries(pinned).map(([name, raw]) => [name, shownValue(raw)]));
  return Object.keys(values).length === 0 ? '' : stringify(values, { lineWidth: 0 });
}

/** A step of a workflow. With a configuration file it reads that. */
export function workflowStep({ provider, place, name, file, pinned, way = {} }: Omit<ImportReport, 'key'>): string {
  const config = Object.keys(pinned).length === 0 ? {} : { config: file };
  const inputs = { cloud_provider: provider, ...place, name, adopt_existing: name, ...config, ...way };
  const step = stringify([{ uses: 'pgkeep/pgkeep@v1', with: inputs }], { lineWidth: 0 });
  return way.master_password === undefined ? `${step}    # master_password: ${PASSWORD}\n` : step;
}

/** In one sentence. */
export function importVerdict({ name, pinned, unmanaged }: ImportReport): string {
  return `${name} was read and proved: ${Object.keys(pinned).length} inputs pinned, ${unmanaged.length} things left unmanaged. Nothing was changed.`;
}

/** The lines by which Terraform forgets the database without deleting it. Addresses are those of `lettingGo()`. */
export function removedBlocks({ from }: LettingGo): string {
  return from.map(one => `removed {\n  from = ${one}\n  lifecycle {\n    destroy = false\n  }\n}\n`).join('\n');
}

/** The same for versions without `removed` blocks, and for one instance of several. Empty where a key is not plain. */
export function stateCommands({ tool, instances }: LettingGo): string {
  return ['-dry-run ', '']
    .map(dryRun => instances.map(one => `${tool} state rm ${dryRun}'${one}'\n`).join(''))
    .join('');
}

/** What goes wrong when Terraform lets go, in sentences of Markdown. */
export function lettingGoDangers({ tool, from, atRisk, takenAlong }: LettingGo): readonly string[] {
  const isTofu = tool === 'tofu';
  return [
    isTofu
      ? 'OpenTofu before 1.10 knows no `lifecycle` in `removed`: leave it out there, and it forgets with a warning.'
      : 'Without `lifecycle { destroy = false }` Terraform deletes the database.',
    `\`prevent_destroy\` ends with its block. \`${tool} plan\` must say “0 to destroy” before anything is applied.`,
    ...(atRisk.length === 0
      ? []
      : [`${toolName(tool)} still deletes in the live server, so let these go too: ${listedCode(atRisk)}.`]),
    ...(takenAlong.length === 0
      ? []
      : [
          `${from.map(one => code(one, 400)).join(', ')} holds more than this database, and ${toolName(tool)} forgets that too: ${listedCode(takenAlong)}. Run the commands for this database alone instead.`
        ])
  ];
}

/** How the tool is called. */
export function toolName(tool: LettingGo['tool']): string {
  return tool === 'tofu' ? 'OpenTofu' : 'Terraform';
}

const MOST_LISTED = 20;

function listedCode(addresses: readonly string[]): string {
  const shown = addresses
    .slice(0, MOST_LISTED)
    .map(one => code(one, 400))
    .join(', ');
  return addresses.length > MOST_LISTED ? `${shown} and ${addresses.length - MOST_LISTED} more` : shown;
}

/** Maps are maps, lists are lists, and texts stay texts: `'16'` is not a number. */
function shownValue(raw: string): unknown {
  if (raw.startsWith('{')) return JSON.parse(raw);
  return raw.includes('\n') ? raw.split('\n') : raw;
}
