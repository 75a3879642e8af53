import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './modules.mts';

/** Says of a changed source whether the compiler refuses it: nothing of the repository is touched. */
export class Compiler {
  readonly #folder: string;
  readonly #project: string;

  /** Copies what is compiled into the folder, which has to lie in the repository: libraries are looked for upwards. */
  constructor(folder: string, directories: readonly string[]) {
    this.#folder = folder;
    this.#project = path.join(folder, 'tsconfig.json');
    mkdirSync(folder, { recursive: true });
    for (const name of directories) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    const extended = path.join(root, 'tsconfig.json');
    const compilerOptions = { incremental: true, tsBuildInfoFile: path.join(folder, 'build-info') };
    writeFileSync(this.#project, JSON.stringify({ extends: extended, compilerOptions, include: directories }));
  }

  /** The complaints about a source with that text; none where it compiles. The next question begins as before. */
  async refusals(file: string, text: string): Promise<readonly string[]> {
    const copy = path.join(this.#folder, path.relative(root, file));
    const asItWas = readFileSync(copy);
    writeFileSync(copy, text);
    try {
      return await this.#compile();
    } finally {
      writeFileSync(copy, asItWas);
    }
  }

  async #compile(): Promise<readonly string[]> {
    const compiler = path.join(root, 'node_modules', '.bin', 'tsc');
    return new Promise((resolve, reject) => {
      execFile(compiler, ['--pretty', 'false', '-p', this.#project], (error, stdout) => {
        if (error === null) return resolve([]);
        const lines = stdout.split('\n').filter(line => /^\S.*error TS\d+:/u.test(line));
        if (lines.length === 0) reject(new Error('Could not ask the compiler', { cause: error }));
        else resolve(lines);
      });
    });
  }
}
