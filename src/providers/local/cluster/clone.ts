import type { Execution } from '../../../engine/execution.ts';
import { withSqlSession, type ConnectionTarget } from '../../../postgres/connection.ts';
import type { Installation } from '../installation/installation.ts';
import type { Machine } from '../installation/machine.ts';
import { copyRunningServer } from './base-backup.ts';
import { writeConfiguration } from './data-directory-configuration.ts';
import type { ServerOwner } from './owner.ts';
import { removeTree } from './remove-tree.ts';
import { refuseUnloggedRows } from './unlogged-tables.ts';
import { replacePassword } from './replace-password.ts';

export interface CloneRequest {
  readonly source: {
    readonly dataDirectory: string;
    /** As a superuser. */
    readonly connection: ConnectionTarget;
  };
  /** The data directory to create; must not hold anything yet. */
  readonly directory: string;
  /** Of the source's major version. */
  readonly installation: Installation;
  readonly machine: Machine;
  readonly owner: ServerOwner | undefined;
  /** The user whose password is replaced, and the new one. */
  readonly superuser: { readonly name: string; readonly password: string };
}

/**
 * Creates a data directory from that of a running server, with its state at the end of the copy: like a snapshot,
 * without an archive in between. The source keeps running. Throws the failures of `copyRunningServer` and
 * `replacePassword`, and leaves nothing behind then.
 */
export async function cloneServer(execution: Execution, request: CloneRequest): Promise<void> {
  const { source, directory, installation, machine, owner, superuser } = request;
  await refuseUnloggedRows(source.connection, source.dataDirectory, execution.signal);
  try {
    await withSqlSession(source.connection, execution.signal, session =>
      copyRunningServer(session, {
        dataDirectory: source.dataDirectory,
        into: directory,
        owner,
        purpose: 'archive',
        signal: execution.signal
      })
    );
    writeConfiguration(directory, owner);
    await replacePassword(execution, {
      machine,
      binDir: installation.binDir,
      dataDirectory: directory,
      owner,
      superuser: superuser.name,
      password: superuser.password
    });
  } catch (thrown) {
    await removeTree(directory);
    throw thrown;
  }
}
