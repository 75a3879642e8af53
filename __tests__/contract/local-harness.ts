import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { capabilities } from '../../src/providers/local/capabilities.ts';
import { processTable } from '../support/processes.ts';
import { openHarness } from '../support/harness.ts';
import type { ContractHarness } from './harness.ts';

/** The runner itself: processes and directories. */
export const localHarness: ContractHarness = {
  provider: 'local',
  capabilities,
  inputs: { cloud_provider: 'local', name: 'contract', engine_version: '17' },
  seesPasswords: true,
  open: async () => {
    const harness = await openHarness();
    const job = await harness.job();
    return {
      github: harness.github,
      job,
      leftovers: async () => {
        const folders = await readdir(path.join(job.temp, 'pgkeep')).catch(() => []);
        const servers = (await processTable()).filter(({ command }) =>
          command.includes(`postgres -D ${job.directory}`)
        );
        return [
          ...folders.filter(name => !['plans', 'certificates'].includes(name) && !name.endsWith('.lock')),
          ...servers.map(({ command }) => command)
        ];
      },
      close: async () => harness.close()
    };
  }
};
