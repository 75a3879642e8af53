import { ActionError, ProviderError } from '../errors.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { compareSchemas } from '../schema-diff/compare-schemas.ts';
import { readSchema } from '../schema-diff/read-schema.ts';
import type { Schema } from '../schema-diff/schema.ts';
import { schemaSql } from '../schema-diff/schema-markdown.ts';
import type { Entry, NotReachable, WayIn } from '../postgres/way-in.ts';
import type { RunResult } from '../publish/run-result.ts';
import type { Command, Run } from './command.ts';
import { pullRequestOf } from './pull-request-of.ts';

/**
 * Compares the schema of a pull request's database, after its migrations, with that of its base. Reads catalogs only.
 * Throws `not-found` when one of the two is not there, and `credentials-missing` when a password is not known.
 */
export const schemaDiff: Command = async run => {
  const { session } = run;
  if (run.ephemeral === undefined || session.base === undefined) {
    throw new ActionError(
      '`command: schema-diff` compares the database of a pull request, and `ephemeral` is not set',
      {
        code: 'input-invalid',
        source: 'user',
        hint: 'Set `ephemeral` as in the step that makes the database.'
      }
    );
  }
  const number = pullRequestOf(run);
  const observed = await session.observeForOutputs();
  const found = await session.outputs(observed);
  if (found === undefined) {
    throw new ActionError(`There is no database of pull request #${number} yet`, {
      code: 'not-found',
      source: 'user',
      hint: 'Make it by a step with the same `ephemeral` inputs, run the migrations, and compare then.'
    });
  }
  const base = await session.base();
  try {
    const way = await session.wayIn(observed);
    const own = ownEntry(run, found.endpoint, number);
    const [before, after] = await Promise.all([
      schemaIn(run, base.way, { database: baseDatabase(run, base.endpoint) }),
      schemaIn(run, way, own)
    ]);
    return compared(run, before, after);
  } finally {
    await base.close();
  }
};

interface Read {
  readonly database: string;
  readonly schema: Schema;
}

function compared({ session, inputs, runtime }: Run, before: Read, after: Read): RunResult {
  const changes = compareSchemas(before.schema, after.schema);
  const diff = { base: before.database, database: after.database, changes };
  for (const line of schemaSql(diff).trimEnd().split('\n')) runtime.log.info(line);
  return {
    command: 'schema-diff',
    result: diff.changes.length === 0 ? 'no-changes' : 'schema-changed',
    schema: { diff, target: { ...session.target, name: inputs.spec.name } }
  };
}

/** The database on the base that counts: a named one, the one that was copied, or the server's own. */
function baseDatabase({ inputs }: Run, endpoint: Endpoint): string {
  const { template_database: template, database_name: name } = inputs.spec.settings;
  return inputs.run.schema_base ?? template ?? name ?? endpoint.database;
}

/** As the user of its outputs, or as the one that `login_as` names where the password is not known. */
function ownEntry({ inputs, ephemeral }: Run, { database, username, password }: Endpoint, number: number): Entry {
  if (password !== undefined) return { database, login: { user: username, password } };
  if (ephemeral?.kind !== 'database' && inputs.spec.settings.login_as !== undefined) return { database };
  throw new ActionError(
    `Could not log in to the database of pull request #${number}: this run does not know its password`,
    {
      code: 'credentials-missing',
      source: 'user',
      hint: 'Give the same `password_seed` to every step.'
    }
  );
}

async function schemaIn({ execution }: Run, way: WayIn | NotReachable, entry: Entry): Promise<Read> {
  const opened = way.kind === 'way-in' ? await way.open(entry, execution.signal) : way;
  if (opened.kind === 'not-reachable') {
    throw new ProviderError(`Could not read the schema of ${entry.database}: ${opened.why}`, {
      kind: 'transient',
      code: 'not-reachable',
      hint: opened.hint
    });
  }
  const { session } = opened;
  try {
    return { database: session.database, schema: await readSchema(session) };
  } finally {
    await session.close();
  }
}
