import { putFilesPull, type FilesRequest } from '../github/files-pull.ts';
import {
  configFile,
  lettingGoDangers,
  pullFiles,
  removedBlocks,
  workflowStep,
  type ImportReport
} from '../moving-in/import-report.ts';
import { COMMENT_LIMIT, firstFitting } from '../github/rendering.ts';
import { attempted, explained, openTalk, type Talk } from './github-publication.ts';

/**
 * Opens or updates the pull request with the two files of an import. Returns its address. A failed update is a warning.
 * Never throws.
 */
export async function tellImport(talk: Talk, report: ImportReport): Promise<string | undefined> {
  const { runtime } = talk;
  const request = requestOf(report);
  if (request.files.some(({ content }) => runtime.secrecy.clean(content) !== content)) {
    runtime.log.warning('No pull request was opened: a printed value is a secret of this run');
    return undefined;
  }
  const client = openTalk(talk);
  if (client === undefined) return undefined;
  return attempted(talk, async () => {
    const result = await putFilesPull(client, request);
    switch (result.action) {
      case 'failed':
        explained(talk, 'The pull request of the import was not written', result.error);
        return undefined;
      case 'foreign':
        runtime.log.warning(
          `No pull request was opened: the branch ${request.branch} holds commits of others, which stay. Merge or delete it, and run the import again.`
        );
        return undefined;
      case 'none':
        runtime.log.info('No pull request was opened: the default branch has these very files');
        return undefined;
      case 'created':
      case 'updated':
      case 'unchanged':
        runtime.log.info(`Pull request #${result.number} of the import ${result.action}: ${result.url}`);
        return result.url;
    }
  });
}

function requestOf(report: ImportReport): FilesRequest {
  const { provider, name, key, file, unmanaged, lettingGo, digest } = report;
  const { step: stepPath } = pullFiles(report);
  const config = configFile(report);
  const left = unmanaged.map(({ what, why }) => `- ${oneLine(what)}: ${oneLine(why)}`);
  const body = (most: number): string =>
    [
      `\`command: import\` has read ${name} and planned with these inputs: nothing changes but its ownership mark. The plan has the digest \`${digest.slice(0, 12)}\`.`,
      `1. Move the step in \`${stepPath}\` into a workflow that runs on pull requests and on pushes to the default branch, and delete that file. The token of a workflow may not write workflows.`,
      '2. The push of that commit runs the plan. This pull request alone starts no workflow.',
      `3. ${lettingGo === undefined ? 'Let Terraform go before the merge, if it manages the server' : `Let Terraform go before the merge:\n\n\`\`\`hcl\n${removedBlocks(lettingGo).trimEnd()}\n\`\`\`\n\n${lettingGoDangers(lettingGo).join(' ')}`}`,
      ...(left.length === 0 ? [] : [`Left unmanaged:\n\n${shortened(left, most).join('\n')}`])
    ].join('\n\n');
  return {
    branch: `pgkeep/import-${provider}-${name}-${key}`,
    files: [
      ...(config === '' ? [] : [{ path: file, content: config }]),
      { path: stepPath, content: workflowStep(report) }
    ],
    title: `Keep ${name} with pgkeep`,
    // The limit is that of a comment.
    body: firstFitting([() => body(left.length), () => body(MOST_LEFT), () => body(0)], COMMENT_LIMIT)
  };
}

/** Things that are listed where the list of all is too long. */
const MOST_LEFT = 100;

function shortened(lines: readonly string[], most: number): readonly string[] {
  const rest = lines.length - most;
  return rest <= 0 ? lines : [...lines.slice(0, most), `- ${rest} more, which the summary of the job lists`];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('@', '@\u200B').replaceAll('<', '&lt;');
}
