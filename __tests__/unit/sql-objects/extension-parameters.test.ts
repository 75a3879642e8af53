import { describeProblem } from '../../../src/spec/problem.ts';
import { extensionRules as aws } from '../../../src/providers/aws/checks/extension-rules.ts';
import { extensionRules as azure } from '../../../src/providers/azure/checks/extension-rules.ts';
import { extensionRules as gcp } from '../../../src/providers/gcp/checks/extension-rules.ts';
import { extensionRules as local } from '../../../src/providers/local/checks/extension-rules.ts';
import type { ExtensionRules } from '../../../src/providers/extension-rules.ts';
import type { Desired, Observed } from '../../../src/engine/resource.ts';
import { textOf, type Value } from '../../../src/engine/value.ts';
import {
  extensionParameters,
  withExtensionParameters,
  type ExtensionRequest
} from '../../../src/sql-objects/extension-parameters.ts';

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

const SERVER: Observed = {
  address: 'server',
  type: 'server',
  title: 'server orders',
  ownership: { kind: 'unmarked' },
  fields: {},
  facts: {},
  dependsOn: [],
  concurrencyGroup: 'server'
};

/** What a plan sets, with these inputs, on a server that is as `observed` and `live` say. */
function set(
  rules: ExtensionRules,
  names: readonly string[],
  { asked, observed, live }: { asked?: Values; observed?: Values; live?: Values }
): Values {
  const fieldsOf = (values: Values) =>
    Object.entries(values).map(([name, value]) => [`parameters.${name}`, value] as const);
  const desired: Desired = {
    ...SERVER,
    presence: 'present',
    complete: ['parameters'],
    fields: Object.fromEntries(fieldsOf(asked ?? {}).map(([name, value]) => [name, { value, managed: true }]))
  };
  const before = observed === undefined ? [] : [{ ...SERVER, fields: Object.fromEntries(fieldsOf(observed)) }];
  const [found] = withExtensionParameters([desired], rules, { names, live, observed: before });
  const entries = Object.entries(found?.fields ?? {});
  return Object.fromEntries(
    entries.map(([name, { value }]) => [name.slice('parameters.'.length), textOf(value as Value)])
  );
}

type Values = Readonly<Record<string, string>>;

test.each<[string, ExtensionRules, readonly string[], Parameters<typeof set>[2], Values]>([
  ['a new server of Azure', azure, ['vector'], {}, { 'azure.extensions': 'vector' }],
  [
    'the list of the inputs before the live one',
    azure,
    ['vector'],
    { asked: { 'azure.extensions': 'CITEXT' }, observed: { 'azure.extensions': 'LTREE' } },
    { 'azure.extensions': 'CITEXT,vector' }
  ],
  [
    'what is live stays',
    azure,
    ['vector'],
    { observed: { 'azure.extensions': 'LTREE' } },
    { 'azure.extensions': 'LTREE,vector' }
  ],
  [
    'what is there is not added',
    azure,
    ['vector'],
    { observed: { 'azure.extensions': 'VECTOR' } },
    { 'azure.extensions': 'VECTOR' }
  ],
  ['a list that can not be read', azure, ['vector'], { observed: {} }, {}],
  [
    'one that only the server shows',
    azure,
    ['vector'],
    { observed: {}, live: { 'azure.extensions': 'LTREE' } },
    { 'azure.extensions': 'LTREE,vector' }
  ],
  ['a new server of RDS admits all', aws, ['vector'], {}, {}],
  [
    'one of RDS with a limit',
    aws,
    ['vector'],
    { asked: { 'rds.allowed_extensions': 'citext' } },
    { 'rds.allowed_extensions': 'citext,vector' }
  ],
  ['libraries in one list', aws, ['pg_cron', 'pgaudit'], {}, { shared_preload_libraries: 'pg_cron,pgaudit' }],
  [
    'libraries of the provider stay',
    aws,
    ['pg_cron'],
    { observed: {}, live: { shared_preload_libraries: 'rdsutils,pg_stat_statements' } },
    { shared_preload_libraries: 'rdsutils,pg_stat_statements,pg_cron' }
  ],
  ['a flag of Cloud SQL', gcp, ['pg_cron'], { observed: {} }, { 'cloudsql.enable_pg_cron': 'on' }],
  ['nothing is asked for', azure, [], {}, {}]
])('where the workflow manages parameters, they hold what extensions need: %s', (_, rules, names, state, values) => {
  expect(set(rules, names, state)).toEqual(values);
});
