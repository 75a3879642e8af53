import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseUrl, exportEndpoint, OUTPUT_NAMES, setOutputs } from '../../../src/publish/outputs.ts';
import type { Endpoint } from '../../../src/providers/endpoint.ts';
import type { DatabaseOutputs } from '../../../src/providers/provider.ts';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';
import { masksOf } from '../../../src/secrecy/spellings.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { ActionError } from '../../../src/errors.ts';

const endpoint: Endpoint = {
  host: '127.0.0.1',
  port: 5432,
  database: 'my app',
  username: 'al:ice',
  password: 'p@ss/wörd',
  sslmode: 'disable'
};

function recorded(): { runtime: Runtime; events: string[]; outputs: Map<string, string> } {
  const events: string[] = [];
  const outputs = new Map<string, string>();
  const runtime = {
    secrecy: openSecrets(),
    mask: (value: string) => events.push(`mask ${value}`),
    setOutput: (name: string, value: string) => {
      events.push(`set ${name}`);
      outputs.set(name, value);
    }
  };
  return { runtime: runtime as unknown as Runtime, events, outputs };
}

describe('the password file', () => {
  const temp = mkdtempSync(path.join(tmpdir(), 'pgkeep-pgpass-'));
  const exported = (
    database: Partial<DatabaseOutputs>,
    env: Readonly<Record<string, string>> = {}
  ): Readonly<Record<string, string>> => {
    const variables: Record<string, string> = {};
    const notices: string[] = [];
    const runtime = {
      env,
      paths: { temp },
      log: { notice: (text: string) => notices.push(text) },
      addPath: (folder: string) => {
        variables['path'] = folder;
      },
      exportVariable: (name: string, value: string) => {
        variables[name] = value;
      }
    };
    exportEndpoint(runtime as unknown as Runtime, { endpoint, module: {}, rebootRequired: false, ...database });
    return { ...variables, notices: notices.join() };
  };
  const lines = (file = ''): readonly string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

  test('has every address that takes the login, escaped', () => {
    const { PGPASSFILE } = exported({
      endpoint: { ...endpoint, host: '::1', password: String.raw`a:b\c` },
      pool: { host: 'pool.example', port: 6432, database: 'p' },
      privateHost: 'inside.example',
      module: { read_replica_endpoints: ['r1.example:5433', 'r2.example'] }
    });
    expect(lines(PGPASSFILE)).toEqual([
      String.raw`\:\:1:5432:*:al\:ice:a\:b\\c`,
      String.raw`pool.example:6432:*:al\:ice:a\:b\\c`,
      String.raw`inside.example:5432:*:al\:ice:a\:b\\c`,
      String.raw`r1.example:5433:*:al\:ice:a\:b\\c`
    ]);
  });

  test('keeps the other databases of the job, and the newest password of each login', () => {
    exported({ endpoint: { ...endpoint, password: 'older' } });
    const { PGPASSFILE } = exported({ endpoint: { ...endpoint, password: 'newer' } });
    const mine = lines(PGPASSFILE).filter(line => line.startsWith('127.0.0.1:'));
    expect([lines(PGPASSFILE).length, mine]).toEqual([5, [String.raw`127.0.0.1:5432:*:al\:ice:newer`]]);
    if (process.platform !== 'win32') expect(statSync(PGPASSFILE ?? '').mode & 0o777).toBe(0o600);
  });

  test('has no line for a password that it cannot hold, or that is not known', () => {
    const { password: _, ...unknown } = endpoint;
    expect(exported({ endpoint: { ...endpoint, password: 'two\nlines' } })).not.toHaveProperty('PGPASSFILE');
    expect(exported({ endpoint: unknown })).not.toHaveProperty('PGPASSFILE');
  });

  test('is not overruled by the password and authority of a database that an earlier step has exported', () => {
    const { password: _, ...unknown } = endpoint;
    const other = { ...endpoint, host: 'other.example', password: 'of:another', caCertificate: 'PEM' };
    const { PGPASSFILE: _file, ...earlier } = exported({ endpoint: other });
    expect(earlier).toMatchObject({
      PGPASSWORD: 'of:another',
      PGSSLROOTCERT: expect.stringContaining('other') as string
    });
    expect(exported({ endpoint: unknown }, earlier)).toMatchObject({ PGPASSWORD: '', PGSSLROOTCERT: '' });
    expect(exported({ endpoint }, earlier)).toMatchObject({ PGPASSWORD: endpoint.password, PGSSLROOTCERT: '' });
  });

  test('leaves alone what the workflow itself has set', () => {
    const { password: _, ...unknown } = endpoint;
    const own = exported({ endpoint: unknown }, { PGPASSWORD: 'of the workflow', PGSSLROOTCERT: '/etc/ca.pem' });
    expect(Object.keys(own)).not.toEqual(expect.arrayContaining(['PGPASSWORD']));
    expect(own).not.toHaveProperty('PGSSLROOTCERT');
  });

  test('comes with the programs of the server first on the PATH, where it has them', () => {
    expect(exported({ programs: '/usr/lib/postgresql/17/bin' })).toMatchObject({ path: '/usr/lib/postgresql/17/bin' });
    expect(exported({})).not.toHaveProperty('path');
  });

  test('comes with a notice where the programs of the machine refuse the server', () => {
    expect(exported({ programsRemark: 'pg_dump is older' })).toMatchObject({ notices: 'pg_dump is older' });
  });
});

test('encodes every part of a URL', () => {
  const url = databaseUrl(endpoint, undefined);
  expect(url).toBe('postgresql://al%3Aice:p%40ss%2Fw%C3%B6rd@127.0.0.1:5432/my%20app?sslmode=disable');
  const parsed = new URL(url);
  expect([decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)]).toEqual(['al:ice', 'p@ss/wörd']);
  expect(databaseUrl({ ...endpoint, host: '::1' }, '/tmp/ca.pem')).toContain('@[::1]:5432/');
});

test('masks password and URL before any output is set', () => {
  const { runtime, events } = recorded();
  const database: DatabaseOutputs = { endpoint, module: {}, rebootRequired: false };
  setOutputs(runtime, { command: 'apply', result: 'applied', database });
  const firstSet = events.findIndex(event => event.startsWith('set '));
  const masks = events.filter(event => event.startsWith('mask '));
  expect(masks).toEqual([
    'mask p@ss/wörd',
    `mask ${databaseUrl(endpoint, undefined)}`,
    'mask jdbc:postgresql://127.0.0.1:5432/my%20app?user=al%3Aice&password=p%40ss%2Fw%C3%B6rd&sslmode=disable',
    'mask postgresql+asyncpg://al%3Aice:p%40ss%2Fw%C3%B6rd@127.0.0.1:5432/my%20app'
  ]);
  expect(events.slice(firstSet).every(event => event.startsWith('set '))).toBe(true);
});

test.each(['pgkeep', 'json', 'runner'])(
  'a path leads to its file although the password %j is a part of it',
  password => {
    const { runtime, outputs } = recorded();
    const secrets = openSecrets();
    secrets.add(password);
    const [planJson, importConfig] = ['/home/runner/_temp/pgkeep/plans/a.json', '/home/runner/pgkeep/json/pgkeep.yml'];
    setOutputs({ ...runtime, secrecy: secrets }, { command: 'plan', result: 'planned', planJson, importConfig });
    expect(Object.fromEntries(outputs)).toMatchObject({ plan_json: planJson, import_config: importConfig });
  }
);

test('leaves out unknown values instead of setting them empty', () => {
  const { runtime, outputs } = recorded();
  const { password: _, ...known } = endpoint;
  setOutputs(runtime, {
    command: 'outputs',
    result: 'no-changes',
    database: { endpoint: known, module: {}, rebootRequired: false }
  });
  expect(outputs.has('password')).toBe(false);
  expect(outputs.get('database_url')).toBe('postgresql://al%3Aice@127.0.0.1:5432/my%20app?sslmode=disable');
  expect([...outputs.values()]).not.toContain('');
});

test('lists are JSON, and only known outputs are set', () => {
  const { runtime, outputs } = recorded();
  const database: DatabaseOutputs = {
    endpoint,
    module: { read_replica_endpoints: ['a:1', 'b:2'] },
    rebootRequired: true
  };
  setOutputs(runtime, { command: 'apply', result: 'applied', database, unsupported: ['multi_az'] });
  expect(outputs.get('read_replica_endpoints')).toBe('["a:1","b:2"]');
  expect(outputs.get('reboot_required')).toBe('true');
  expect(outputs.get('unsupported')).toBe('["multi_az"]');
  for (const name of outputs.keys()) expect(OUTPUT_NAMES).toContain(name);
});

test('a failure has its stable code', () => {
  const { runtime, outputs } = recorded();
  const error = new ActionError('x', { code: 'plan-blocked', source: 'user' });
  setOutputs(runtime, { command: 'apply', result: 'failed', error });
  expect(Object.fromEntries(outputs)).toEqual({ command: 'apply', result: 'failed', failure_reason: 'plan-blocked' });
});

test.each([
  ['plain', ['plain']],
  ['p@ss', ['p@ss', 'p%40ss']],
  ['two\nlines here', ['two\nlines here', 'two', 'lines here', 'two%0Alines%20here', 'two\\nlines here']],
  ['a~b (c)', ['a~b (c)', 'a~b%20(c)', 'a%7Eb+%28c%29']],
  ['quo"te', ['quo"te', 'quo%22te', 'quo\\"te']],
  ['ab', []]
])('a secret %j is hidden in the forms %j', (value, forms) => {
  expect(masksOf(value)).toEqual(expect.arrayContaining([...forms]));
  expect(masksOf(value).filter(mask => mask.length < 3)).toEqual([]);
});
