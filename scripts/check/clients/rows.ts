/** Where a client comes from. */
export type Registry = 'PyPI' | 'npm' | 'Go' | 'Maven' | 'the machine';

/** A client of PostgreSQL, and how it is given a database of this action. */
export interface ClientRow {
  readonly client: string;
  readonly registry: Registry;
  /** With their versions, as the registry's own program takes them. */
  readonly packages: readonly string[];
  /** In this folder. It prints the answer to `$QUESTION`. */
  readonly program: string;
  /** What it is given, in Markdown. */
  readonly takes: string;
  /** With `tls: true`, where that differs. */
  readonly takesForTls?: string;
}

const URL = 'the output `database_url`';
const CODE = 'the certificate as well, in code: `ca_certificate_path`';

/** Each row stands in docs/local.md, and is run by `clients.mts` against a server without and with TLS. */
export const CLIENTS: readonly ClientRow[] = [
  {
    client: "psql, pg_dump, and all that reads libpq's variables",
    registry: 'the machine',
    packages: [],
    program: 'with-psql.sh',
    takes: '`export_env: true`: `PGHOST` to `PGPASSWORD` for all later steps of the job'
  },
  {
    client: 'what reads a password file',
    registry: 'the machine',
    packages: [],
    program: 'with-pgpass.sh',
    takes: '`export_env: true`: `PGPASSFILE`, with all databases that the job has exported'
  },
  { client: 'psycopg', registry: 'PyPI', packages: ['psycopg[binary]==3.3.9'], program: 'with_psycopg.py', takes: URL },
  {
    client: 'psycopg2',
    registry: 'PyPI',
    packages: ['psycopg2-binary==2.9.13'],
    program: 'with_psycopg2.py',
    takes: URL
  },
  { client: 'asyncpg', registry: 'PyPI', packages: ['asyncpg==0.32.0'], program: 'with_asyncpg.py', takes: URL },
  {
    client: 'SQLAlchemy with psycopg',
    registry: 'PyPI',
    packages: ['sqlalchemy==2.1.9', 'psycopg[binary]==3.3.9'],
    program: 'with_sqlalchemy.py',
    takes: 'the output `database_url`, its scheme replaced by `postgresql+psycopg`'
  },
  {
    client: 'Alembic',
    registry: 'PyPI',
    packages: ['alembic==1.20.1', 'sqlalchemy==2.1.9', 'psycopg[binary]==3.3.9'],
    program: 'with_alembic.py',
    takes: 'the URL of its SQLAlchemy engine: `database_url`, its scheme replaced by `postgresql+psycopg`'
  },
  {
    client: 'SQLAlchemy with asyncpg',
    registry: 'PyPI',
    packages: ['sqlalchemy[asyncio]==2.1.9', 'asyncpg==0.32.0'],
    program: 'with_sqlalchemy_asyncpg.py',
    takes: 'the output `asyncpg_url`',
    takesForTls: CODE
  },
  {
    client: 'Django',
    registry: 'PyPI',
    packages: ['django==5.2.19', 'psycopg[binary]==3.3.9'],
    program: 'with_django.py',
    takes: '`export_env: true`; its settings name `ENGINE` and `NAME` only'
  },
  { client: 'node-postgres', registry: 'npm', packages: ['pg@8.23.1'], program: 'with-node-postgres.mjs', takes: URL },
  {
    client: 'postgres.js',
    registry: 'npm',
    packages: ['postgres@3.4.9'],
    program: 'with-postgres-js.mjs',
    takes: '`export_env: true`, and `postgres()` without a URL',
    takesForTls: CODE
  },
  { client: 'knex', registry: 'npm', packages: ['knex@3.3.0', 'pg@8.23.1'], program: 'with-knex.mjs', takes: URL },
  {
    client: 'migrations of knex',
    registry: 'npm',
    packages: ['knex@3.3.0', 'pg@8.23.1'],
    program: 'with-knex-migrations.mjs',
    takes: URL
  },
  {
    client: 'node-pg-migrate',
    registry: 'npm',
    packages: ['node-pg-migrate@9.0.0', 'pg@8.23.1'],
    program: 'with-node-pg-migrate.mjs',
    takes: URL
  },
  {
    client: 'Drizzle',
    registry: 'npm',
    packages: ['drizzle-orm@0.45.4', 'pg@8.23.1'],
    program: 'with-drizzle.mjs',
    takes: URL
  },
  {
    client: 'TypeORM',
    registry: 'npm',
    packages: ['typeorm@1.1.1', 'pg@8.23.1'],
    program: 'with-typeorm.mjs',
    takes: URL
  },
  { client: 'pgx', registry: 'Go', packages: ['github.com/jackc/pgx/v5@v5.13.0'], program: 'pgx', takes: URL },
  {
    client: 'JDBC: Hibernate, Flyway, Liquibase',
    registry: 'Maven',
    packages: ['org.postgresql:postgresql:42.7.7'],
    program: 'WithJdbc.java',
    takes: 'the output `jdbc_url`'
  }
];
