import {
  configFile,
  lettingGoDangers,
  removedBlocks,
  stateCommands,
  toolName,
  workflowStep,
  type ImportReport
} from './import-report.ts';
import type { LettingGo } from './terraform-state.ts';
import { alert, code, prose, table } from '../report/markdown.ts';

/** The job summary of an import: two files, what stays unmanaged, and how Terraform lets go. */
export function importMarkdown(report: ImportReport): readonly string[] {
  const config = configFile(report);
  const state = report.isOurs
    ? 'It is kept by this workflow already.'
    : 'The first plan with these inputs adopts it and changes nothing else.';
  return [
    '### PostgreSQL: import',
    `✅ **${prose(`${report.name}: read, and proved by a plan with these very inputs.`)}** ${prose(state)} Digest ${code(report.digest.slice(0, 12))}.`,
    `The step of a workflow:\n\n${block('yaml', workflowStep(report))}`,
    ...(config === '' ? [] : [`The file ${code(report.file)}:\n\n${block('yaml', config)}`]),
    unmanagedTable(report),
    ...(report.lettingGo === undefined ? [] : letGo(report.lettingGo))
  ].filter(part => part !== '');
}

function unmanagedTable({ unmanaged }: ImportReport): string {
  if (unmanaged.length === 0) return '';
  const rows = unmanaged.map(({ what, why, input }) => [
    prose(what),
    prose(why),
    input === undefined ? '' : code(input)
  ]);
  return `**Left unmanaged**\n\n${table(['What', 'Why', 'Input'], rows)}`;
}

function letGo(lettingGo: LettingGo): readonly string[] {
  const { server, tool, takenAlong } = lettingGo;
  const commands = stateCommands(lettingGo);
  const instead = takenAlong.length === 0 ? `Before ${toolName(tool)} 1.7, delete` : 'For this database alone, delete';
  return [
    `**Let ${toolName(tool)} go.** ${code(server, 400)} is in the state. Copy passwords that are only there, plan this workflow, and then put this in place of the code:\n\n${block('hcl', removedBlocks(lettingGo))}`,
    ...(commands === '' ? [] : [`${instead} the code and run, before the next apply:\n\n${block('sh', commands)}`]),
    alert('CAUTION', lettingGoDangers(lettingGo))
  ];
}

/** A fence that no line of the text can end. */
function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd().replaceAll('```', "'''")}\n\`\`\``;
}
