/** What becomes of some variables of a job, and the test that shows it. */
export interface JobVariables {
  readonly names: readonly string[];
  readonly treatment: 'honoured' | 'ignored';
  /** In Markdown: what they do, or why not. */
  readonly because: string;
  /** A test file below `__tests__`, and the beginning of a test's title in it. */
  readonly shownBy: readonly [file: string, title: string];
}

/** https://www.postgresql.org/docs/current/libpq-envars.html, less those of the server's own programs. */
export const LIBPQ: readonly string[] =
  `PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSFILE PGREQUIREAUTH PGCHANNELBINDING PGSERVICE PGSERVICEFILE PGOPTIONS
  PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLNEGOTIATION PGSSLCOMPRESSION PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT
  PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME
  PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT PGCLIENTENCODING PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS
  PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO PGSYSCONFDIR PGLOCALEDIR`.split(/\s+/);

/** Those of Node itself: https://nodejs.org/docs/latest-v24.x/api/cli.html#environment-variables */
const OF_NODE: readonly string[] = [
  'NODE_OPTIONS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'NODE_NO_WARNINGS',
  'NODE_PENDING_DEPRECATION',
  'NODE_REDIRECT_WARNINGS',
  'NODE_DISABLE_COLORS',
  'NODE_COMPILE_CACHE',
  'NODE_V8_COVERAGE'
];

const FIELD = 'e2e/local-field';

/** Each variable of a job that means something to Node, to a library of this action or to PostgreSQL. */
export const JOB_VARIABLES: readonly JobVariables[] = [
  {
    names: OF_NODE,
    treatment: 'honoured',
    because: "Node's own, read before the action begins",
    shownBy: [FIELD, 'has what Node itself reads']
  },
  {
    names: ['NODE_EXTRA_CA_CERTS'],
    treatment: 'honoured',
    because: 'further certificate authorities: for clouds, GitHub, registries and proxies',
    shownBy: ['e2e/drift-who', 'other workflows and a webhook are told']
  },
  {
    names: ['NODE_DEBUG'],
    treatment: 'honoured',
    because: 'Node writes its requests into the log; tokens and passwords in them are masked',
    shownBy: [FIELD, 'masks what Node tells of its requests']
  },
  {
    names: ['NODE_AUTH_TOKEN'],
    treatment: 'honoured',
    because: "the token of npm's registry, where an `.npmrc` names it",
    shownBy: [
      'unit/providers/local/installation/registry',
      'from the registry of the user’s file, with its token in %s'
    ]
  },
  {
    names: ['PGBIN'],
    treatment: 'honoured',
    because: "an installed server's programs",
    shownBy: ['unit/providers/local/installation/locate', 'finds the installed server that PGBIN names']
  },
  {
    names: ['NODE_TLS_REJECT_UNAUTHORIZED'],
    treatment: 'ignored',
    because: 'certificates are still verified, and a warning names `NODE_EXTRA_CA_CERTS`',
    shownBy: ['e2e/azure-login', 'verifies certificates']
  },
  {
    names: ['NODE_PG_FORCE_NATIVE', 'NODE_PATH', 'NODE_ENV'],
    treatment: 'ignored',
    because: 'all modules are in the action',
    shownBy: [FIELD, 'finds the database in the environment']
  },
  {
    names: [...LIBPQ, 'PGPASSWORD'],
    treatment: 'ignored',
    because: 'inputs say where and as whom to connect; `PGPASSWORD` is masked',
    shownBy: [FIELD, 'finds the database in the environment']
  },
  {
    names: ['PGDATA', 'PGROOT'],
    treatment: 'ignored',
    because: "the image's own server is left alone",
    shownBy: [FIELD, 'finds the database in the environment']
  }
];

/** The rows as a list, which fits a narrow screen. */
export function jobVariablesTable(): string {
  return JOB_VARIABLES.map(({ names, treatment, because }) => {
    const isAll = names.includes('PGHOST');
    const shown = isAll ? 'all of libpq (`PGHOST` to `PGTZ`)' : names.map(name => `\`${name}\``).join(', ');
    return `- _${treatment}_ ${shown}: ${because}`;
  }).join('\n');
}
