import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { namedFiles } from '../../../src/commands/named-files.ts';

let workspace: string;
beforeAll(() => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'pgkeep-named-')));
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeFileSync(path.join(workspace, `${name}.sql`), '');
});
afterAll(() => rmSync(workspace, { recursive: true }));

type Given = { readonly run?: object; readonly settings?: object; readonly provider?: string };

async function named({ run = {}, settings = {}, provider = 'aws' }: Given): Promise<readonly string[]> {
  const files = await namedFiles({ run, spec: { settings, provider } } as never, workspace);
  return files.map(file => path.relative(workspace, file));
}

const files = (...patterns: readonly string[]): object => ({ kind: 'files', patterns });

test.each<[string, Given, readonly string[]]>([
  ['none', {}, []],
  ['scripts of the server', { settings: { init_sql: ['a.sql', 'b.sql'] } }, ['a.sql', 'b.sql']],
  [
    'scripts of its databases',
    {
      settings: {
        databases: { shop: { init_sql: ['a.sql'] }, gone: 'absent', none: {}, other: { init_sql: ['b.sql'] } }
      }
    },
    ['a.sql', 'b.sql']
  ],
  [
    'masks and checks',
    { run: { mask_sql: files('c.sql'), check_sql: files('[de].sql') } },
    ['c.sql', 'd.sql', 'e.sql']
  ],
  [
    'texts of such',
    { run: { mask_sql: { kind: 'text', text: 'select 1' }, check_sql: { kind: 'text', text: 'a.sql' } } },
    []
  ],
  [
    'a configuration and a Terraform state',
    { run: { config: 'pgkeep.yml', terraform_state: 'state.json' } },
    ['pgkeep.yml', 'state.json']
  ],
  ['an archive', { settings: { restore_from_snapshot: 'orders.tar' }, provider: 'local' }, ['orders.tar']],
  ['a snapshot of a cloud', { settings: { restore_from_snapshot: 'orders' } }, []],
  ['programs in the workspace', { settings: { bin_dir: 'pg/bin' } }, [path.join('pg', 'bin', 'postgres')]],
  ['programs elsewhere', { settings: { bin_dir: '/usr/bin' } }, []],
  ['programs in a folder whose name begins alike', { settings: { bin_dir: '../pgkeep-named' } }, []]
])('the inputs name %s', async (_what, given, expected) => {
  expect(await named(given)).toEqual(expected);
});
