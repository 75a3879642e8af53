import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Directories of the machine that are closed for some processes only. */
export interface ClosedDirectories {
  /** The beginning of a command line that runs the rest of it where they are closed. */
  readonly through: readonly string[];
  readonly end: () => void;
}

const CLOSE = 'for d in "$@"; do mount -t tmpfs -o mode=0700 none "$d" || exit 1; done; echo ready; exec sleep 600';

/**
 * Closes directories to all users but root, in a mount namespace: nothing else on the machine sees it. `undefined`
 * where this user may not make one. https://man7.org/linux/man-pages/man7/mount_namespaces.7.html
 */
export async function closeDirectories(directories: readonly string[]): Promise<ClosedDirectories | undefined> {
  const holder = spawn('unshare', ['--mount', 'sh', '-c', CLOSE, 'sh', ...directories], {
    stdio: ['ignore', 'pipe', 'ignore']
  });
  const isReady = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(
      () => false,
      () => false
    )
  ]);
  if (!isReady) return undefined;
  return {
    through: ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`],
    end: () => void holder.kill('SIGKILL')
  };
}
