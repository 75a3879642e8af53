import type { Registry } from '../clients/rows.ts';

/** A migration tool, and how `clients.mts` runs the last step of its example as it stands there. */
export interface MigrationRow {
  readonly tool: string;
  /** `examples/local-migrations-<this>.yml`, and the folder here that holds a project for it. */
  readonly example: string;
  /** What brings the tool; the packages are named in the project's own files. */
  readonly registry: Registry;
  /** What the tool is given, in Markdown, as docs/local.md says it. */
  readonly takes: string;
  /** What it needs from elsewhere; where that is missing, the step is not run, and this is said. */
  readonly needs?: { readonly what: string; readonly host?: string; readonly program?: string };
}

const URL = 'the output `database_url`';

export const MIGRATIONS: readonly MigrationRow[] = [
  {
    tool: 'Migrations of Django',
    example: 'django',
    registry: 'PyPI',
    takes: '`PGHOST` to `PGPASSWORD`; its settings name `ENGINE` and `NAME` only'
  },
  { tool: 'Drizzle Kit', example: 'drizzle', registry: 'npm', takes: URL },
  {
    tool: 'Flyway',
    example: 'flyway',
    registry: 'Maven',
    takes: '`FLYWAY_URL`, `FLYWAY_USER` and `FLYWAY_PASSWORD`'
  },
  {
    tool: 'Prisma Migrate',
    example: 'prisma',
    registry: 'npm',
    takes: URL,
    needs: { what: "its schema engine, which npm's registry does not have", host: 'binaries.prisma.sh' }
  },
  {
    tool: 'Rails',
    example: 'rails',
    registry: 'the machine',
    takes: URL,
    needs: { what: 'Rails 6.1 or later with the gem `pg`', program: 'ruby -e \'require "rails"; require "pg"\'' }
  }
];

/** Examples that `clients.mts` runs in another way than they stand there, each with the reason. */
export const OTHERWISE: Readonly<Record<string, string>> = {
  'local-migrations-flyway.yml': 'no Docker here: Flyway of the same version runs from Maven, with the same variables',
  'local-migrations-prisma.yml': "its schema engine comes from Prisma's own host: it runs where that can be reached",
  'pgvector.yml': 'the package of the system needs PostgreSQL 16 of PGDG: pgvector runs from PyPI'
};
