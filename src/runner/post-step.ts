import { asActionError } from '../errors.ts';
import { secretsInEnvironment } from './environment-secrets.ts';
import { loadProvider } from '../providers/registry.ts';
import type { Runtime } from './runtime.ts';
import type { ProviderName } from '../spec/catalogue.ts';

/** The state that the main step saves for the post step. It holds no secret. */
export interface CleanupState {
  readonly provider: ProviderName;
  readonly name: string;
  /** The workflow asked to leave it running (`keep_running: true`). */
  readonly keep: boolean;
}

/** Saves the state for the post step. Called before anything is created, so that a killed run is cleaned up as well. */
export function saveCleanupState(runtime: Runtime, cleanupState: CleanupState | undefined): void {
  if (cleanupState !== undefined) runtime.saveState('leftover', JSON.stringify(cleanupState));
}

/**
 * The post step, at the end of the job: removes resources that exist on the runner only. A cloud's database needs no
 * clean-up. Never fails the job: a failed removal is a warning.
 */
export async function cleanUp(runtime: Runtime): Promise<void> {
  for (const secret of secretsInEnvironment(runtime.env)) runtime.mask(secret);
  const state = runtime.readState('leftover');
  if (state === '') return;
  try {
    const { provider, name, keep } = JSON.parse(state) as CleanupState;
    const definition = await loadProvider(provider);
    await definition.cleanUp?.({
      name,
      keep,
      jobFailed: runtime.env['INPUT_JOB_STATUS'] === 'failure',
      env: runtime.env,
      paths: runtime.paths,
      execution: {
        clock: runtime.clock,
        log: runtime.log,
        random: runtime.random,
        secrecy: runtime.secrecy,
        signal: runtime.signal
      }
    });
  } catch (thrown) {
    runtime.log.warning(`Could not clean up after the job: ${asActionError(thrown).message}`);
  }
}
