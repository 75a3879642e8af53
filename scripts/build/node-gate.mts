import { createRequire } from 'node:module';

interface NodeVersion {
  /** As `engines` of package.json says it. */
  readonly NEEDED: string;
  problemOfNode(version: string): string | undefined;
}

/** The versions of Node that the bundle runs on. */
export const { NEEDED, problemOfNode } = createRequire(import.meta.url)('../../bin/node-version.cjs') as NodeVersion;

/**
 * The beginning of the bundle: a step that is started with an older Node ends with a sentence. A runner that imitates
 * GitHub's takes the Node on its PATH, whatever action.yml says. The post step, which follows, is silent:
 * the state that the main step saves tells it apart.
 */
export function nodeGate(): string {
  return `(${stop.toString()})(${problemOfNode.toString()});\n`;
}

/** Any Node reads this, from its text alone. */
function stop(problemOf: typeof problemOfNode): void {
  const problem = problemOf(process.versions.node);
  if (problem === undefined) return;
  const { appendFileSync, writeSync } = require('fs') as typeof import('node:fs');
  const isPostStep = process.env['STATE_main'] === 'begun';
  const hint = 'Install Node 24 in the image of the job, or run actions/setup-node before this step.';
  if (!isPostStep) {
    writeSync(1, `::error::${problem}. ${hint}\n`);
    const state = process.env['GITHUB_STATE'];
    if (state !== undefined) appendFileSync(state, 'main=begun\n');
  }
  process.exit(isPostStep ? 0 : 1);
}
