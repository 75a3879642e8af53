import * as fc from 'fast-check';
import { nextStatement, type BackslashCommand, type Statement } from '../../../src/postgres/statements.ts';

/** All of a script at once. */
function splitStatements(script: string): {
  readonly statements: readonly Statement[];
  readonly backslashCommands: readonly BackslashCommand[];
} {
  const statements: Statement[] = [];
  const backslashCommands: BackslashCommand[] = [];
  for (let at = 0; ;) {
    const found = nextStatement(script, at, true);
    if (found === undefined) return { statements, backslashCommands };
    if (found.kind === 'statement') statements.push(found);
    else backslashCommands.push(found);
    at = found.next;
  }
}

function texts(script: string): readonly string[] {
  return splitStatements(script).statements.map(({ start, end }) => script.slice(start, end));
}

describe('nextStatement', () => {
  test.each([
    ['nothing', ' \n -- only a comment\n /* and another */ ;;', []],
    ['no last semicolon', 'select 1; select 2', ['select 1', 'select 2']],
    ['a semicolon in a string', `select ';', 'it''s;'; select 2`, [`select ';', 'it''s;'`, 'select 2']],
    ['a backslash in a plain string', `select '\\'; select 2`, [`select '\\'`, 'select 2']],
    ['an escape string', `select E'\\';', e'\\\\'; select 2`, [`select E'\\';', e'\\\\'`, 'select 2']],
    ['a word that ends with e before a string', `select date'1\\'; select 2`, [`select date'1\\'`, 'select 2']],
    ['a quoted name', `select 1 as "a;""b"; select 2`, [`select 1 as "a;""b"`, 'select 2']],
    ['dollar quotes', 'do $$ begin; end $$; do $a$ $$; $b$; $a$', ['do $$ begin; end $$', 'do $a$ $$; $b$; $a$']],
    ['a dollar in a name', 'select a$b$ ; select c$b$', ['select a$b$', 'select c$b$']],
    ['parameters', 'select $1; select $2', ['select $1', 'select $2']],
    ['nested comments', '/* a; /* b; */ c; */ select 1; /**/select 2', ['select 1', 'select 2']],
    ['a comment at the end of a line', "select 1 -- it's; not\n; select 2", ["select 1 -- it's; not", 'select 2']],
    [
      'a rule',
      'create rule r as on insert to t do (a; b); select 2',
      ['create rule r as on insert to t do (a; b)', 'select 2']
    ],
    [
      'an SQL body',
      'create or replace function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2',
      [
        'create or replace function f() returns int begin atomic select 1; select case when true then 1 end; end',
        'select 2'
      ]
    ],
    ['a transaction, which is no body', 'begin; select 1; end; commit', ['begin', 'select 1', 'end', 'commit']],
    ['names that are not ASCII', 'select é$a; ü$a', ['select é$a', 'ü$a']],
    ['what is never closed', "select 1; select 'a; b", ['select 1', "select 'a; b"]]
  ])('%s', (_, script, statements) => {
    expect(texts(script)).toEqual(statements);
  });

  test('knows a statement by its first words, and COPY from the script itself', () => {
    const { statements } = splitStatements(`
      CREATE OR REPLACE VIEW "from" AS SELECT 1; COPY t (a, b) FROM STDIN WITH (format csv); copy t from 'stdin'; copy t to stdout`);
    expect(statements.map(({ words }) => words.join(' '))).toEqual([
      'create or replace view',
      'copy t a b',
      'copy t from',
      'copy t to stdout'
    ]);
    expect(statements.map(statement => statement.copiesFromStdin)).toEqual([false, true, false, false]);
  });

  test('finds commands of psql, but not inside quotes', () => {
    const script = `\\restrict abc\nselect '\\d';\n\\i other.sql ; x\n\\.`;
    const { statements, backslashCommands } = splitStatements(script);
    expect(backslashCommands.map(({ name, start, end }) => [name, script.slice(start, end)])).toEqual([
      ['\\restrict', '\\restrict abc'],
      ['\\i', '\\i other.sql ; x'],
      ['\\', '\\.']
    ]);
    expect(statements).toHaveLength(1);
  });

  test('loses and adds nothing, for any text', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$',
      '$a$',
      ';',
      '--',
      '/*',
      '*/',
      '\n',
      '\\',
      'E',
      'a',
      '(',
      ')',
      ' ',
      '🐘'
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const script = pieces.join('');
        const { statements } = splitStatements(script);
        let last = 0;
        for (const { start, end } of statements) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(script.slice(start, end).trim()).not.toBe('');
          last = end;
        }
        expect(last).toBeLessThanOrEqual(script.length);
      })
    );
  });

  test('takes time in proportion to the length', () => {
    const script = `insert into t values ('$', $$x$$, E'\\n'); `.repeat(20_000);
    expect(splitStatements(script).statements).toHaveLength(20_000);
  });
});
