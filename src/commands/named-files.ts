import path from 'node:path';
import type { Inputs } from '../inputs/read-inputs.ts';

/**
 * Whole paths of the files of the workspace that the inputs name, of programs in it one. Throws as `loadScripts`.
 */
export async function namedFiles(
  { run, spec }: Pick<Inputs, 'run' | 'spec'>,
  workspace: string
): Promise<readonly string[]> {
  const { settings, provider } = spec;
  const entries = Object.values(settings.databases ?? {}).filter(entry => entry !== 'absent');
  const given = [run.mask_sql, run.check_sql].map(sql => (sql?.kind === 'files' ? sql.patterns : undefined));
  const scripts = [settings.init_sql, ...entries.map(entry => entry.init_sql), ...given];
  const { filesMatching } = await import('../postgres/script.ts');
  const files: string[] = [];
  for (const pattern of scripts.flatMap(list => list ?? [])) files.push(...(await filesMatching(pattern, workspace)));
  // On a cloud it names a snapshot of that cloud.
  const archive = provider === 'local' ? settings.restore_from_snapshot : undefined;
  const program = settings.bin_dir === undefined ? undefined : path.resolve(workspace, settings.bin_dir, 'postgres');
  const programs = program?.startsWith(`${path.resolve(workspace)}${path.sep}`) === true ? [program] : [];
  const named = [run.config, run.terraform_state, archive].filter(file => file !== undefined);
  return [...named.map(file => path.resolve(workspace, file)), ...programs, ...files];
}
