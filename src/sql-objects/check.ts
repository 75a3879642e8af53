import { defined } from '../engine/defined.ts';
import { asSentence } from '../engine/sentence.ts';
import type { Notice } from '../engine/plan.ts';
import { extensionMeant, missingExtension } from '../postgres/extension.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { INVALID_DATABASE } from '../postgres/invalid-database.ts';
import type { ExtensionRules } from '../providers/extension-rules.ts';
import { combineFindings, NO_FINDINGS, noticeOn, type Findings } from '../providers/findings.ts';
import type { Settings } from '../spec/catalogue.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { leftLogins, loginFindings } from './check-logins.ts';
import type { Seen, SqlContext, Unseen } from './context.ts';
import { extensionParameters, switchedOff } from './extension-parameters.ts';
import { groupsOf } from './names.ts';
import { mayComment } from './server-state.ts';
import type { WantedDatabase, WantedObjects } from './wanted.ts';

/** What the inputs alone show. `main`: the server's own database, when its name is known. */
function problemsOf(settings: Settings, main: string | undefined): Findings {
  const databases = Object.entries(settings.databases ?? {});
  const roles = Object.entries(settings.roles ?? {});
  const known = [
    ...databases.flatMap(([name, entry]) => (entry === 'absent' ? [] : [name])),
    ...(main === undefined ? [] : [main])
  ];
  const mainEntry = main === undefined ? undefined : settings.databases?.[main];
  const groups = new Set(known.flatMap(name => Object.values(groupsOf(name))));
  const { application_role: chosen } = settings;
  const chosenEntry = chosen === undefined ? undefined : settings.roles?.[chosen];
  return combineFindings([
    ...roles.flatMap(([name, entry]) => {
      if (groups.has(name))
        return [problem('roles', name, 'is the name of a group that holds the rights in a database')];
      if (entry === 'absent' || main === undefined) return [];
      return Object.keys(entry.access)
        .filter(one => !known.includes(one))
        .map(one =>
          problem(
            'roles',
            one,
            `is no database of this workflow (in the access of ${name})`,
            `a key of \`databases\`, or ${main}, the server’s own database`,
            didYouMean(one, known)
          )
        );
    }),
    ...(main !== undefined && settings.databases?.[main] === 'absent'
      ? [problem('databases', main, 'is the database that the server has from the beginning', 'any other')]
      : []),
    ...(mainEntry === undefined || mainEntry === 'absent' || mainEntry.connection_limit === undefined
      ? []
      : [
          problem(
            'databases',
            main,
            'is the database that the server has from the beginning, so that it takes no `connection_limit`',
            '`connection_limit` of a role, or of any other database'
          )
        ]),
    ...(chosen === undefined || (chosenEntry !== undefined && chosenEntry !== 'absent')
      ? []
      : [
          problem(
            'application_role',
            chosen,
            'is not a key of `roles`',
            'a role of `roles`',
            didYouMean(
              chosen,
              roles.flatMap(([name, entry]) => (entry === 'absent' ? [] : [name]))
            )
          )
        ])
  ]);
}

interface Surroundings {
  /** Later runs can know the passwords of all roles. */
  readonly isLasting: boolean;
  /** The cloud has a secret store for them. */
  readonly canKeep: boolean;
  /** What carries no mark is taken over. */
  readonly adopts: boolean;
  readonly rules: ExtensionRules | undefined;
  /** What extensions need of the parameters is set by the plan. */
  readonly setsParameters: boolean;
  /** Titles of what is asked for inside, for a server that this runner does not reach. */
  readonly left: readonly string[];
  /** Names in `role_passwords`. */
  readonly given: readonly string[];
  /** Extensions that are left until the server was restarted. */
  readonly waiting: readonly string[];
  readonly context: Pick<SqlContext, 'packageFor' | 'repairsMain' | 'cloudLogins'>;
}

/** What the server would refuse, and what the user should know, now that its inside is known. */
export function objectFindings(
  settings: Settings,
  wanted: WantedObjects,
  state: Seen | Unseen,
  surroundings: Surroundings
): Findings {
  return combineFindings([
    loginFindings(settings, surroundings.context.cloudLogins),
    passwordsOfNone(settings, surroundings.given),
    findingsOf(settings, wanted, state, surroundings)
  ]);
}

/** A password for a name that no role has: often a typo, so that the role that is meant gets another password. */
function passwordsOfNone({ roles = {} }: Settings, given: readonly string[]): Findings {
  return combineFindings(
    given
      .filter(name => roles[name] === undefined)
      .map(name => {
        const meant = didYouMean(
          name,
          Object.keys(roles).filter(one => !given.includes(one))
        );
        const told = meant === undefined ? '' : ` Did you mean \`${meant}\`?`;
        return noticeOn(
          'roles',
          'password-unused',
          `\`role_passwords\` names ${name}, which \`roles\` does not.${told}`
        );
      })
  );
}

function findingsOf(
  settings: Settings,
  wanted: WantedObjects,
  state: Seen | Unseen,
  { isLasting, canKeep, adopts, rules, setsParameters, left, waiting, context }: Surroundings
): Findings {
  const passwords =
    wanted.roles.length === 0 || isLasting ? NO_FINDINGS : noticeOn('roles', 'password-once', canKeep ? OR_KEEP : ONCE);
  const { database_name: named } = settings;
  const parameters = rules === undefined ? NO_FINDINGS : extensionsWith(rules, settings, wanted, state, setsParameters);
  if (state.kind === 'no-server')
    return combineFindings([passwords, problemsOf(settings, named), misnamed(wanted), parameters]);
  if (state.kind === 'not-reachable') {
    if (state.isStarted === true) return combineFindings([passwords, problemsOf(settings, named), misnamed(wanted)]);
    const notice: Notice = {
      code: 'not-reachable',
      severity: 'warning',
      message: [
        `What is inside the server was not compared: not reachable from this runner: ${asSentence(state.why)}`,
        state.hint,
        leftToDo(left)
      ]
        .filter(part => part !== '')
        .join(' ')
    };
    return combineFindings([
      passwords,
      problemsOf(settings, named),
      misnamed(wanted),
      { problems: [], notices: [notice] }
    ]);
  }
  return combineFindings([
    passwords,
    problemsOf(settings, state.main),
    missingRights(wanted, state),
    lastingMemberships(wanted, state),
    leftLogins(wanted, state, context.cloudLogins),
    ...(context.repairsMain ? [] : [interruptedDrop(state)]),
    unrecordable(wanted, state),
    ...(adopts ? [unmarkable(wanted, state)] : []),
    parameters,
    ...(waiting.length === 0 ? [] : [noticeOn('extensions', 'extension-waits', waitsFor(waiting))]),
    ...wanted.databases.map(one => inDatabase(one, state, context))
  ]);
}

/** More names than that make the notice unreadable. */
const MOST_LEFT = 20;

function leftToDo(titles: readonly string[]): string {
  if (titles.length === 0) return '';
  const more = titles.length > MOST_LEFT ? ` and ${titles.length - MOST_LEFT} more` : '';
  return `Left to do inside the server, unless an earlier run did it: ${titles.slice(0, MOST_LEFT).join(', ')}${more}.`;
}

const ONCE =
  'Without `password_seed` or `role_passwords`, only the run that creates a role knows its password: later runs and other jobs get none.';
const OR_KEEP = `${ONCE} \`keep_role_passwords: true\` keeps it in the cloud’s secret store, which bills it.`;

function waitsFor(names: readonly string[]): string {
  return `${names.join(', ')} can be created only when the server has loaded its library at a start, and initial SQL of its database waits with it: set \`allow_restart: true\`, or apply again when it was restarted.`;
}

/** Names that are told apart without the list of a server: those that no server has. */
function misnamed({ databases }: WantedObjects): Findings {
  const names = new Set(databases.flatMap(({ extensions }) => extensions));
  return combineFindings(
    [...names].flatMap(name => {
      const meant = extensionMeant(name);
      return meant === undefined
        ? []
        : [problem('extensions', name, 'is not the name of an extension of PostgreSQL', undefined, meant)];
    })
  );
}

/** Without a record, every run would run the files again. */
function unrecordable({ databases }: WantedObjects, { server, main }: Seen): Findings {
  const scripts = databases.find(({ isMain }) => isMain)?.scripts ?? [];
  if (scripts.length === 0 || mayComment(server, main)) return NO_FINDINGS;
  const owner = server.databases.get(main)?.owner ?? 'another user';
  return problem(
    'init_sql',
    undefined,
    `can't be recorded in ${main}: ${owner} owns that database, and ${server.admin.name} is not a member of ${owner}`,
    `\`init_sql\` of a key of \`databases\`, or ${server.admin.name} as a member of ${owner}`
  );
}

/** A database that stays its owner's carries the mark as its own comment. */
function unmarkable({ databases }: WantedObjects, { server }: Seen): Findings {
  return combineFindings(
    databases
      .filter(({ name, isAsFound }) => isAsFound && !mayComment(server, name))
      .map(({ name }) => {
        const owner = server.databases.get(name)?.owner ?? 'another user';
        return problem(
          'databases',
          name,
          `can't be taken over: ${owner} owns it, and ${server.admin.name} is not a member of ${owner}`,
          `a database of ${server.admin.name}, or ${server.admin.name} as a member of ${owner}`
        );
      })
  );
}

/** What the parameters of the server say of extensions that are not there yet. */
function extensionsWith(
  rules: ExtensionRules,
  { parameters = {} }: Settings,
  { databases }: WantedObjects,
  state: Seen | Unseen,
  setsParameters: boolean
): Findings {
  const isThere = (database: string, extension: string): boolean =>
    state.kind === 'seen' && state.inner.get(database)?.extensions[extension] !== undefined;
  const names = databases.flatMap(({ name, extensions }) => extensions.filter(one => !isThere(name, one)));
  const asked = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name.trim().toLowerCase(), value])
  );
  if (setsParameters)
    return switchedOff(
      rules,
      databases.flatMap(({ extensions }) => extensions),
      asked
    );
  return extensionParameters(rules, {
    names: [...new Set(names)],
    asked,
    live: state.kind === 'seen' ? state.server.parameters : undefined
  });
}

/** The provider made the server's own database, and only its removal repairs it. */
function interruptedDrop({ server, main }: Seen): Findings {
  if (server.databases.get(main)?.connectionLimit !== INVALID_DATABASE) return NO_FINDINGS;
  return problem(
    'database_name',
    main,
    'can be opened by no one: a DROP DATABASE of it was interrupted. Run `DROP DATABASE` again as its owner, and create it anew'
  );
}

function missingRights(wanted: WantedObjects, { server }: Seen): Findings {
  const { admin, roles } = server;
  const create = wanted.databases.filter(({ name, isMain }) => !isMain && !server.databases.has(name));
  const makeRoles = wanted.allRoles.filter(name => !roles.has(name));
  const foreign = wanted.allRoles.filter(name => roles.get(name)?.isAdministrable === false);
  const lacks = (input: keyof Settings, right: string, what: string): Findings =>
    problem(
      input,
      undefined,
      `can't be applied: ${admin.name} lacks ${right}, which it takes to ${what}`,
      `a master user with ${right}`
    );
  return combineFindings([
    ...(create.length > 0 && !admin.mayCreateDatabases
      ? [lacks('databases', 'CREATEDB', `create ${create.map(({ name }) => name).join(', ')}`)]
      : []),
    ...(makeRoles.length > 0 && !admin.mayCreateRoles
      ? [lacks(wanted.roles.length > 0 ? 'roles' : 'databases', 'CREATEROLE', `create ${makeRoles.join(', ')}`)]
      : []),
    ...(foreign.length > 0
      ? [lacks('roles', 'the ADMIN option', `change ${foreign.join(', ')}, made by another user`)]
      : [])
  ]);
}

/** From PostgreSQL 16 on, a membership is ended by those who gave it. */
function lastingMemberships({ roles, cloudLogins, groupNames }: WantedObjects, { server }: Seen): Findings {
  const { admin } = server;
  const mayRevokeOf = (name: string): boolean =>
    admin.isSuperuser || name === admin.name || server.roles.get(name)?.isAssumable === true;
  return combineFindings(
    [...roles, ...cloudLogins]
      .filter(({ access }) => Object.keys(access).length > 0)
      .flatMap(({ name, memberOf }) => {
        const { memberOf: live = [], grantedBy = {} } = server.roles.get(name) ?? {};
        return live
          .filter(group => groupNames.has(group) && !memberOf.includes(group))
          .flatMap(group => (grantedBy[group] ?? []).filter(by => !mayRevokeOf(by)).map(by => ({ group, by })))
          .map(({ group, by }) =>
            problem(
              'roles',
              name,
              `can't be taken out of ${group}: ${by} made it a member, and ${admin.name} is not a member of ${by}. Run \`REVOKE ${quoteIdentifier(group)} FROM ${quoteIdentifier(name)}\` as ${by}; where no one can log in as ${by}, set the role to \`absent\` for one apply`
            )
          );
      })
  );
}

function inDatabase(
  { name, extensions, hasGroups }: WantedDatabase,
  state: Seen,
  { packageFor }: Surroundings['context']
): Findings {
  // A database that is still to be made will have what the server's own has.
  const inner = state.inner.get(name) ?? state.inner.get(state.main);
  if (inner === undefined) return NO_FINDINGS;
  const isThere = state.inner.has(name);
  const available = Object.keys(inner.available);
  return combineFindings([
    ...extensions
      .filter(one => !(isThere && one in inner.extensions) && !available.includes(one))
      .map(one => {
        const { meant, available: offered } = missingExtension(one, available);
        return problem(
          'extensions',
          one,
          `is not an extension of PostgreSQL ${state.server.version} here`,
          offered?.join(', '),
          meant,
          packageFor(meant ?? one, state.server.version)
        );
      }),
    ...(isThere && hasGroups && inner.ofOthers.length > 0
      ? [
          noticeOn(
            'roles',
            'objects-of-others',
            `In ${name} the groups get no rights on what others own: ${inner.ofOthers.join(', ')}. Give these objects to ${groupsOf(name).owner} (\`ALTER … OWNER TO\`) to include them.`
          )
        ]
      : []),
    ...(isThere && hasGroups && inner.isPublicOpen
      ? [
          noticeOn(
            'roles',
            'public-schema-open',
            `Every role may make tables in the schema public of ${name}, also a read-only one: run \`REVOKE CREATE ON SCHEMA public FROM PUBLIC\` as its owner.`
          )
        ]
      : [])
  ]);
}

function problem(
  input: keyof Settings,
  value: string | undefined,
  why: string,
  allowed?: string,
  suggestion?: string,
  instead?: string
): Findings {
  return { problems: [defined({ input, value, why, allowed, suggestion, instead })], notices: [] };
}
