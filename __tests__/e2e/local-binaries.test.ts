import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ask } from '../support/client.ts';
import { fakeNpm, fakePackage, NO_REGISTRY, storing } from '../support/fake-machine.ts';
import { testInstallation } from '../support/installation.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';

/** A major that is not installed on the machines where the tests run. */
const inputs = { cloud_provider: 'local', name: 'shop', engine_version: '18' };

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(async () => harness.close());

describe('the binaries of a server', () => {
  test('are those of `bin_dir` when it is set', async () => {
    const { binDir } = await testInstallation(17);
    const job = await harness.job();
    const step = await job.step(
      { cloud_provider: 'local', name: 'own', engine_version: '17', bin_dir: binDir },
      { env: { RUNNER_TOOL_CACHE: path.join(job.directory, 'empty') } }
    );
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], 'show server_version')).toMatch(/^17\./);
  });

  // The prebuilt clusters of all majors start in data-directory.test.ts.
  test.each(['14', '18'])('are found for PostgreSQL %s, whose prebuilt cluster starts', async major => {
    await testInstallation(Number(major) as 14 | 18);
    const job = await harness.job();
    const step = await job.step({
      cloud_provider: 'local',
      name: `v${major}`,
      engine_version: major,
      database_name: 'shop',
      master_username: 'owner'
    });
    expect(step.outputs['result']).toBe('applied');
    expect(await ask(step.outputs['database_url'], 'show server_version')).toMatch(new RegExp(`^${major}\\.`));
    await job.post(step);
    expect(await job.end()).toEqual([]);
  });

  test('of an unpublished minor are those of the nearest one, with a notice', async () => {
    const job = await harness.job();
    const step = await job.step({ cloud_provider: 'local', name: 'minor', engine_version: '17.2', command: 'plan' });
    expect(await changesOf(step)).toEqual(['+ server']);
    expect(step.log).toMatch(/17\.2.*17\.\d+/);
  });

  test.each(['13', '99', '17.99'])(
    'of version %s, which does not exist, are an error or the nearest one',
    async version => {
      const job = await harness.job();
      const step = await job.step({ ...inputs, engine_version: version, command: 'plan' });
      if (version === '17.99') return expect(step.outputs['result']).toBe('planned');
      expect(step.exitCode).toBe(1);
      expect(step.outputs['result']).toBe('failed');
      expect(step.log).toMatch(/14.*18/s);
    }
  );

  test('that do not match the pin in the source are never run', async () => {
    const job = await harness.job();
    const folder = path.join(job.directory, 'registry');
    await mkdir(folder);
    const { tarball } = await fakePackage(folder);
    const PATH = await fakeNpm(path.join(job.directory, 'npm'), storing(tarball));
    const step = await job.step(inputs, {
      env: { PATH, npm_config_registry: NO_REGISTRY, RUNNER_TOOL_CACHE: path.join(job.directory, 'tools') }
    });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'checksum-mismatch' });
    expect(step.log).not.toContain('server shop: created');
    expect(await job.end()).toEqual([]);
  });

  test("are downloaded while the server's files are written, and a failed download leaves none of them", async () => {
    const job = await harness.job();
    const files = path.join(job.temp, 'pgkeep');
    // It does not end before all three databases are there.
    const PATH = await fakeNpm(
      path.join(job.directory, 'npm'),
      `const { globSync } = require('node:fs');
       const look = () => globSync(${JSON.stringify(path.join(files, '*', 'data', 'base', '*', 'pg_filenode.map'))}).length;
       const end = () => { console.error('npm error code E404 ' + look()); process.exit(1); };
       const wait = () => (look() === 3 ? end() : setTimeout(wait, 5));
       wait();`
    );
    const step = await job.step(inputs, {
      env: { PATH, npm_config_registry: NO_REGISTRY, RUNNER_TOOL_CACHE: path.join(job.directory, 'tools') }
    });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'binaries-unavailable' });
    expect(await readdir(files)).toEqual(['plans']);
    expect(await job.end()).toEqual([]);
  });

  test("that the registry refuses are an error with npm's code", async () => {
    const job = await harness.job();
    const PATH = await fakeNpm(
      path.join(job.directory, 'npm'),
      "console.error('npm error code ENOTFOUND\\nnpm error network request failed, reason: getaddrinfo ENOTFOUND'); process.exit(1);"
    );
    const step = await job.step(inputs, {
      env: { PATH, npm_config_registry: NO_REGISTRY, RUNNER_TOOL_CACHE: path.join(job.directory, 'tools') }
    });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'binaries-unavailable' });
    expect(step.log).toContain('ENOTFOUND');
  });
});
