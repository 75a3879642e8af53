import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LIBPQ } from '../../scripts/docs/job-variables.ts';
import { ask } from '../support/client.ts';
import { testInstallation } from '../support/installation.ts';
import { readCommandFile } from '../support/runner-files.ts';
import { changesOf, openHarness, type Harness } from '../support/harness.ts';
import type { Job } from '../support/job.ts';

const inputs = { cloud_provider: 'local', name: 'field', engine_version: '17', comment: 'false', command: 'apply' };

let harness: Harness;
let job: Job;
beforeAll(async () => {
  harness = await openHarness();
  job = await harness.job();
});
afterAll(async () => harness.close());

describe('encoding and locale', () => {
  const asked = { ...inputs, database_name: 'shop', encoding: 'latin1', locale: 'C' };

  test('are those of every database, also of those that a migration makes', async () => {
    const { outputs } = await job.step(asked);
    expect(outputs['result']).toBe('applied');
    const url = outputs['database_url'];
    expect(await ask(url, 'show server_encoding')).toBe('LATIN1');
    expect(await ask(url, `select string_agg(datname, ',' order by datname) from pg_database where encoding = 8`)).toBe(
      'postgres,shop,template0,template1'
    );
  });

  test('are no change when they are spelt otherwise, and another one is refused with the way out', async () => {
    const same = await job.step({ ...asked, encoding: 'LATIN-1' });
    expect(same.outputs['result']).toBe('no-changes');
    const other = await job.step({ ...asked, locale: 'C.UTF-8' });
    expect(other.outputs['result']).not.toBe('applied');
    expect(other.log).toContain('Destroy this server and apply again');
  });

  test('that this machine does not have leave nothing behind', async () => {
    const wrong = await job.step({ ...inputs, name: 'elsewhere', locale: 'xx_XX.UTF-8' });
    expect(wrong.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(wrong.log).toContain('`locale -a` lists the locales of this machine');
    const right = await job.step({ ...inputs, name: 'elsewhere', icu_locale: 'de-DE', command: 'plan' });
    expect(await changesOf(right)).toEqual(['+ server']);
  });
});

describe('a client', () => {
  test('finds the database in the environment of the job, and a URL of its own in the outputs', async () => {
    const env = path.join(job.directory, 'exported');
    const paths = path.join(job.directory, 'paths');
    await Promise.all([env, paths].map(file => writeFile(file, '')));
    const asked = { ...inputs, name: 'clients', database_name: 'shop', tls: 'true', export_env: 'true' };
    const { outputs, masked } = await job.step(asked, {
      // What a library of ours would read by itself, and fail or go elsewhere.
      env: {
        GITHUB_ENV: env,
        GITHUB_PATH: paths,
        NODE_PG_FORCE_NATIVE: '1',
        NODE_PATH: job.workspace,
        NODE_ENV: 'production',
        ...Object.fromEntries(LIBPQ.map(name => [name, '/nowhere'])),
        PGPORT: '1',
        PGOPTIONS: '-c search_path=nowhere',
        PGSSLMODE: 'verify-full',
        PGSERVICE: 'other',
        PGDATA: job.workspace,
        PGROOT: job.workspace,
        PGPASSWORD: 'wrong-password-of-the-job'
      }
    });
    expect(outputs['result']).toBe('applied');
    const exported = readCommandFile(await readFile(env, 'utf8'));
    expect(exported).toEqual({
      PGHOST: outputs['host'],
      PGPORT: outputs['port'],
      PGDATABASE: 'shop',
      PGUSER: 'postgres',
      PGPASSWORD: outputs['password'],
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: outputs['ca_certificate_path'],
      PGPASSFILE: path.join(job.temp, 'pgkeep', 'pgpass'),
      DATABASE_URL: outputs['database_url']
    });
    const file = exported['PGPASSFILE'] ?? '';
    expect(await readFile(file, 'utf8')).toBe(`127.0.0.1:${outputs['port']}:*:postgres:${outputs['password']}\n`);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The published binaries hold no psql.
    expect(await readFile(paths, 'utf8')).toBe('');
    expect(masked).toEqual(
      expect.arrayContaining([outputs['jdbc_url'], outputs['asyncpg_url'], 'wrong-password-of-the-job'])
    );
    const jdbc = new URL((outputs['jdbc_url'] ?? '').replace('jdbc:', ''));
    expect(Object.fromEntries(jdbc.searchParams)).toMatchObject({ user: 'postgres', sslmode: 'verify-full' });
    expect(outputs['asyncpg_url']).toMatch(/^postgresql\+asyncpg:\/\/postgres:.*\/shop\?ssl=verify-full$/);
  });
});

describe('a step', () => {
  const again = { ...inputs, name: 'clients', database_name: 'shop', tls: 'true' };

  test('has what Node itself reads', async () => {
    const wanted = path.join(job.directory, 'wanted.cjs');
    await writeFile(wanted, "require('node:fs').appendFileSync(__filename + '.seen', process.argv[1] + '\\n');\n");
    const running = await job.start(again, {
      env: {
        NODE_OPTIONS: `--require ${JSON.stringify(wanted)} --max-old-space-size=256 --unhandled-rejections=strict`,
        NODE_USE_SYSTEM_CA: '1',
        NODE_USE_ENV_PROXY: '1',
        NODE_NO_WARNINGS: '1',
        NODE_PENDING_DEPRECATION: '1',
        NODE_REDIRECT_WARNINGS: path.join(job.directory, 'warnings'),
        NODE_DISABLE_COLORS: '1',
        NODE_COMPILE_CACHE: path.join(job.directory, 'compiled'),
        NODE_V8_COVERAGE: path.join(job.directory, 'covered')
      }
    });
    const { exitCode, outputs } = await running.done;
    expect([exitCode, outputs['result']]).toEqual([0, 'no-changes']);
    expect(await readFile(`${wanted}.seen`, 'utf8')).toMatch(/^[^\n]*index\.js\n$/);
  });

  test('masks what Node tells of its requests', async () => {
    const number = harness.github.seedPull().number;
    const talking = await harness.job({ name: 'pull_request', number });
    const env = { NODE_DEBUG: 'http,https,net,tls,stream,undici,fetch,http2' };
    const running = await talking.start({ ...again, name: 'telling', command: 'plan', comment: 'true' }, { env });
    const { exitCode, log, masked } = await running.done;
    expect(exitCode).toBe(0);
    expect(log).toMatch(/^(HTTP|UNDICI|FETCH|NET) \d+: /m);
    const unmasked = masked.reduce((text, secret) => text.replaceAll(secret, '***'), log);
    expect(unmasked).not.toContain(harness.github.token);
    await talking.end();
  });
});

describe('an extension', () => {
  test('that the server does not have loads no library, also where the plan sets parameters', async () => {
    const made = await job.step({ ...inputs, name: 'clients' });
    expect(made.exitCode).toBe(0);
    const asked = { ...inputs, name: 'clients', extensions: 'pg_cron', parameters: 'work_mem: 8MB' };
    const step = await job.step({ ...asked, allow_restart: 'true' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect((await job.step({ ...inputs, name: 'clients' })).outputs['result']).toBe('no-changes');
    expect(step.log).toContain('"pg_cron" is not an extension of PostgreSQL 17');
  });

  test('that the published programs do not have is refused before a server of them is made', async () => {
    const asked = { ...inputs, name: 'fresh', databases: 'shop: { extensions: [postgis] }' };
    const step = await job.step({ ...asked, command: 'plan', extensions: 'pgvector, pgcrypto' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toMatch(
      /"pgvector" is not in the published programs of .* did you mean `vector`\?; install a server/
    );
    expect(step.log).toMatch(/"postgis" is not in .* `sudo apt-get .* postgresql-17 postgresql-17-postgis-3`$/m);
    expect(step.log).not.toMatch(/destroy this|"pgcrypto"/);
  });

  test('that a package for other systems brings is taken from its folder, which `bin_dir` names', async () => {
    const { binDir } = await testInstallation();
    const folder = path.join(job.directory, 'pginstall');
    try {
      // A second name of the files would change what is known of the tests' own tool cache.
      execFileSync('cp', ['-a', path.dirname(binDir), folder]);
      const [plpgsql = ''] = globSync(`${folder}/**/plpgsql.control`);
      const extension = path.join(path.dirname(plpgsql), 'vector');
      await writeFile(`${extension}.control`, "default_version = '0.8.0'\nrelocatable = true\n");
      await writeFile(`${extension}--0.8.0.sql`, 'create domain vector as real[];\n');
      const asked = { ...inputs, name: 'packaged', extensions: 'vector', database_name: 'shop' };
      const { outputs } = await job.step({ ...asked, bin_dir: path.join(folder, 'bin') });
      expect(outputs['result']).toBe('applied');
      expect(await ask(outputs['database_url'], "select '{1}'::vector::text")).toBe('{1}');
      await job.step({ ...asked, command: 'destroy', confirm_destroy: 'packaged', skip_final_snapshot: 'true' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.each([
    ['pgvector', 'did you mean `vector`?', /apt-get install -y postgresql-17 postgresql-17-pgvector/, 'input-invalid'],
    ['plperl', 'does not have it', /apt-get install -y postgresql-17 postgresql-plperl-17/, 'provider-invalid'],
    ['pg_cron', 'only when the server has loaded its library', /shared_preload_libraries: "pg_cron"/, 'input-invalid'],
    ['pgtrgm', 'did you mean `pg_trgm`?', /pg_trgm/, 'input-invalid'],
    ['nothing_like_it', 'allowed: ', /^(?!.*\bplperl\b).*pgcrypto/, 'input-invalid']
  ])('%s that these binaries do not have is refused with the way to it', async (extensions, said, hint, reason) => {
    const step = await job.step({ ...inputs, name: 'clients', extensions });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: reason });
    const [error] = step.annotations.filter(({ level }) => level === 'error');
    expect(error?.message).toContain(said);
    expect(error?.message).toMatch(hint);
  });
});
