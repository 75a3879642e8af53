import { rmSync } from 'node:fs';
import { mkdtemp, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAJORS, type Major } from '../../../../src/postgres/major.ts';
import { displayParameter } from '../../../../src/postgres/parameters/display.ts';
import { normaliseParameter } from '../../../../src/postgres/parameters/normalise.ts';
import { describeParameter, parameterNames } from '../../../../src/postgres/parameters/parameter.ts';
import { createDataDirectory } from '../../../../src/providers/local/cluster/data-directory.ts';
import { serverOwner } from '../../../../src/providers/local/cluster/owner.ts';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import { bootCluster, type BootedCluster } from '../../../support/booted-cluster.ts';
import { testInstallation } from '../../../support/installation.ts';
import { keptPack } from '../../../support/real-server.ts';

async function server(major: Major): Promise<BootedCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'parameters-'));
  await chmod(directory, 0o755);
  const machine = thisMachine({ ...process.env, RUNNER_TEMP: directory });
  const request = {
    installation: await testInstallation(major),
    machine,
    directory: join(directory, 'data'),
    password: 'secret',
    owner: await serverOwner(machine),
    readPack: keptPack
  };
  await createDataDirectory(request);
  const booted = await bootCluster(request);
  return {
    ...booted,
    [Symbol.asyncDispose]: async () => {
      await booted[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

interface Setting {
  readonly name: string;
  readonly setting: string;
  readonly vartype: string;
  readonly shown: string;
}

describe.each(MAJORS)('PostgreSQL %i itself', major => {
  let real: BootedCluster;
  beforeAll(async () => {
    real = await server(major);
  });
  afterAll(async () => real[Symbol.asyncDispose]());

  test('has the parameters of the table, and its settings are in canonical form already', async () => {
    const settings = await real.ask<Setting>(
      `SELECT lower(name) AS name, setting, vartype, current_setting(name) AS shown FROM pg_settings
       WHERE name NOT LIKE '%.%' AND name !~ '^transaction_(isolation|read_only|deferrable)$'`
    );
    expect(settings.map(({ name }) => name).sort()).toEqual([...parameterNames(major)].sort());
    for (const { name, setting, vartype, shown } of settings) {
      if (describeParameter(name, major)?.takesEffect === 'never' || vartype === 'string') continue;
      expect({ name, normalised: normaliseParameter(name, setting, major) }).toEqual({
        name,
        normalised: { ok: true, name, value: setting, remarks: [] }
      });
      // The socket's own values, which SHOW prints without a unit.
      if (!name.startsWith('tcp_')) expect([name, displayParameter(name, setting)]).toEqual([name, shown]);
    }
  });

  test('normalises a written value in the same way', async () => {
    const written: readonly (readonly [string, string])[] = [
      ['work_mem', '0.3GB'],
      ['work_mem', '1000.5kB'],
      ['work_mem', '65537B'],
      ['temp_buffers', '12.5MB'],
      ['temp_buffers', '804kB'],
      ['temp_buffers', '812kB'],
      ['effective_cache_size', '30.1GB'],
      ['log_min_duration_statement', '1.5min'],
      ['log_min_duration_statement', '1500us'],
      ['log_min_duration_statement', '2500us'],
      ['log_min_duration_statement', '1e3'],
      ['vacuum_cost_delay', '1500us'],
      ['default_statistics_target', '0x10'],
      ['default_statistics_target', '010'],
      ['default_statistics_target', '10.5'],
      ['default_statistics_target', '11.5'],
      ['random_page_cost', '1.10'],
      ['enable_seqscan', 'tr'],
      ['enable_seqscan', 'of'],
      ['synchronous_commit', 'FALSE'],
      ['client_min_messages', 'Debug'],
      ['wal_compression', 'yes'],
      ['wal_compression', 'off']
    ];
    for (const [name, text] of written) {
      const [answer] = await real.ask<{ setting: string }>(
        `SELECT set_config('${name}', '${text}', false), (SELECT setting FROM pg_settings WHERE name = '${name}') AS setting`
      );
      const [after] = await real.ask<{ setting: string }>(`SELECT setting FROM pg_settings WHERE name = '${name}'`);
      expect(answer).toBeDefined();
      expect([name, text, normaliseParameter(name, text, major)]).toEqual([
        name,
        text,
        expect.objectContaining({ ok: true, value: after?.setting })
      ]);
    }
  });

  test('refuses the same values as we do', async () => {
    const refused: readonly (readonly [string, string])[] = [
      ['work_mem', '10GiB'],
      ['work_mem', '1kB'],
      ['work_mem', '5min'],
      ['work_mem', ''],
      ['enable_seqscan', 'o'],
      ['enable_seqscan', 'maybe'],
      ['random_page_cost', '-1'],
      ['bytea_output', 'octal'],
      ['default_statistics_target', '10001'],
      ['default_statistics_target', '5kB']
    ];
    for (const [name, text] of refused) {
      await expect(real.ask(`SELECT set_config('${name}', '${text}', false)`)).rejects.toThrow();
      expect([name, text, normaliseParameter(name, text, major).ok]).toEqual([name, text, false]);
    }
  });
});
