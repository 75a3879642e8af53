import { withoutPasswords } from '../../../src/postgres/without-passwords.ts';

const WORD = 'Literal-77';

test.each([
  `alter role app password '${WORD}' valid until '2030-01-01'`,
  `alter role app encrypted password E'it\\'s ${WORD}'`,
  `alter role app password U&'${WORD}'`,
  `alter role app password $$${WORD}$$`,
  `alter role app password $pw$${WORD} $ 1$pw$`,
  `alter role app password /* new */ -- of today\n  '${WORD}'`,
  `do $x$ begin execute 'alter role app password ''${WORD}'''; end $x$`,
  `create user mapping for app server far options (user 'x', password '${WORD}')`,
  `select dblink_connect('host=far user=app password=${WORD} port=5432')`,
  `create subscription one connection 'password=''${WORD}'' host=far' publication all_tables`,
  `create subscription one connection 'postgresql://app:${WORD}@far/shop' publication all_tables`,
  `role "app" does not exist; SQL statement "alter role app password '${WORD}'"`,
  `set session "app.password" = '${WORD}'`,
  `the new password: ${WORD}`
])('%s is shown without its password', text => {
  const shown = withoutPasswords(text);
  expect(shown).not.toContain(WORD);
  expect(shown).toContain('***');
});

test.each([
  `password authentication failed for user "app"`,
  `create table people (name text, password text not null, primary key (name))`,
  `select 'http://far:5432/a', 'ann@example.com'`
])('%s holds none', text => {
  expect(withoutPasswords(text)).toBe(text);
});
