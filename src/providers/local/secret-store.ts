import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ActionError } from '../../errors.ts';
import { makeDirectory } from '../../files/make-directory.ts';
import type { SecretStore } from '../provider.ts';
import { writeFileAtomically } from './cluster/atomic-file.ts';
import type { ServerLayout } from './cluster/layout.ts';

/** Secrets as files of mode 0600 in the server's own directory, removed with it. */
export function secretStore({ directory }: Pick<ServerLayout, 'directory'>): SecretStore {
  const folder = path.join(directory, 'secrets');
  return {
    read: async name =>
      readFile(fileOf(folder, name), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code === 'ENOENT') return undefined;
        throw thrown;
      }),
    write: async (name, value) => {
      makeDirectory(folder, 0o700);
      await writeFileAtomically(fileOf(folder, name), value);
    },
    remove: async name => rm(fileOf(folder, name), { force: true })
  };
}

function fileOf(folder: string, name: string): string {
  if (/^[\w-]{1,100}$/.test(name)) return path.join(folder, name);
  throw new ActionError(`Could not store a secret: ${JSON.stringify(name)} is not a valid name`, {
    code: 'internal',
    source: 'bug'
  });
}
