import { describeProblem } from '../../../src/spec/problem.ts';
import { extensionRules as aws } from '../../../src/providers/aws/checks/extension-rules.ts';
import { extensionRules as azure } from '../../../src/providers/azure/checks/extension-rules.ts';
import { extensionRules as gcp } from '../../../src/providers/gcp/checks/extension-rules.ts';
import { extensionRules as local } from '../../../src/providers/local/checks/extension-rules.ts';
import type { ExtensionRules } from '../../../src/providers/extension-rules.ts';
import { extensionParameters, type ExtensionRequest } from '../../../src/sql-objects/extension-parameters.ts';

/** What is refused, in the words of the user. */
function refused(rules: ExtensionRules, names: readonly string[], state: Partial<ExtensionRequest>): readonly string[] {
  const { problems } = extensionParameters(rules, { asked: {}, live: undefined, ...state, names });
  return problems.map(describeProblem);
}

/** Values that a refusal says to set. */
function setBy(messages: readonly string[]): Readonly<Record<string, string>> {
  const found = messages.flatMap(message => [...message.matchAll(/`([a-z_.]+): "([^"]*)"`$/g)]);
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}

test.each<[string, ExtensionRules, readonly string[], ExtensionRequest['live'], readonly string[]]>([
  ['a new server of Azure admits nothing', azure, ['vector'], undefined, ['azure.extensions']],
  ['one of Azure whose list leaves it out', azure, ['vector'], { 'azure.extensions': 'CITEXT' }, ['azure.extensions']],
  ['one of Azure whose list has it, in capitals', azure, ['vector'], { 'azure.extensions': 'CITEXT, VECTOR' }, []],
  ['one of Azure whose list can not be read', azure, ['vector'], {}, []],
  ['a new server of RDS', aws, ['vector'], undefined, []],
  ['one of RDS without a limit', aws, ['vector'], { 'rds.allowed_extensions': '*' }, []],
  ['one of RDS with a limit', aws, ['vector'], { 'rds.allowed_extensions': 'citext' }, ['rds.allowed_extensions']],
  ['a new one of RDS without the library', aws, ['pg_cron'], undefined, ['shared_preload_libraries']],
  ['one of RDS whose libraries can not be seen', aws, ['pg_cron'], { 'rds.allowed_extensions': '*' }, []],
  ['one of RDS with the library', aws, ['pg_cron'], { shared_preload_libraries: 'rdsutils,pg_cron' }, []],
  ['a new one on the runner without the library', local, ['pg_cron'], undefined, ['shared_preload_libraries']],
  ['one on the runner with the library', local, ['pgaudit'], { shared_preload_libraries: 'pgaudit' }, []],
  ['one of Cloud SQL without its flag', gcp, ['pg_cron'], undefined, ['cloudsql.enable_pg_cron']],
  ['one of Cloud SQL with its flag', gcp, ['pg_cron'], { 'cloudsql.enable_pg_cron': 'on' }, []],
  ['an extension that needs no library', gcp, ['vector'], undefined, []]
])('%s', (_, rules, names, live, parameters) => {
  const messages = refused(rules, names, { live });
  expect(Object.keys(setBy(messages))).toEqual(parameters);
  // What the refusal says to set ends it.
  expect(refused(rules, names, { live, asked: setBy(messages) })).toEqual([]);
});

test('what is in a list already stays in it', () => {
  const live = { 'azure.extensions': 'CITEXT,HSTORE', shared_preload_libraries: 'pgms_stats' };
  expect(setBy(refused(azure, ['vector', 'pg_cron'], { live }))).toEqual({
    'azure.extensions': 'CITEXT,HSTORE,vector,pg_cron',
    shared_preload_libraries: 'pgms_stats,pg_cron'
  });
});

test('a list of the inputs counts in place of the live one', () => {
  const live = { 'azure.extensions': 'VECTOR' };
  expect(refused(azure, ['vector'], { live, asked: { 'azure.extensions': 'CITEXT' } })).toHaveLength(1);
});

test("PostgreSQL's own name for the list counts on Cloud SQL as well", () => {
  expect(refused(gcp, ['pg_cron'], { asked: { shared_preload_libraries: 'pg_cron' } })).toEqual([]);
});
