import { ActionError } from '../errors.ts';
import { connectionTo, type Endpoint } from '../providers/endpoint.ts';
import { compareSchemas } from '../schema-diff/compare-schemas.ts';
import { readSchema } from '../schema-diff/read-schema.ts';
import { schemaSql } from '../schema-diff/schema-markdown.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import type { Command, Run } from './command.ts';
import { pullRequestOf } from './ephemeral-apply.ts';

/**
 * Compares the schema of a pull request's database, after its migrations, with that of its base. Reads catalogs only.
 * Throws `not-found` when one of the two is not there, and `credentials-missing` when a password is not known.
 */
export const schemaDiff: Command = async run => {
  const { session, inputs, runtime, execution } = run;
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
  const found = await session.outputs(await session.observe());
  if (found === undefined) {
    throw new ActionError(`There is no database of pull request #${number} yet`, {
      code: 'not-found',
      source: 'user',
      hint: 'Make it by a step with the same `ephemeral` inputs, run the migrations, and compare then.'
    });
  }
  const base = baseTarget(run, await session.base());
  const own = loginTo(
    found.endpoint,
    `the database of pull request #${number}`,
    'Give the same `password_seed` to every step.'
  );
  const [before, after] = await Promise.all([readSchema(base, execution.signal), readSchema(own, execution.signal)]);
  const diff = { base: base.database, database: own.database, changes: compareSchemas(before, after) };
  for (const line of schemaSql(diff).trimEnd().split('\n')) runtime.log.info(line);
  return {
    command: 'schema-diff',
    result: diff.changes.length === 0 ? 'no-changes' : 'schema-changed',
    schema: { diff, target: { ...session.target, name: inputs.spec.name } }
  };
};

/** The database on the base that counts: a named one, the one that was copied, or the server's own. */
function baseTarget({ inputs }: Run, endpoint: Endpoint): ConnectionTarget {
  const { template_database: template, database_name: name } = inputs.spec.settings;
  const database = inputs.run.schema_base ?? template ?? name ?? endpoint.database;
  const hint = 'Give the password of its master user in `master_password`.';
  return { ...loginTo(endpoint, 'the base server', hint), database };
}

function loginTo(endpoint: Endpoint, what: string, hint: string): ConnectionTarget {
  const { password } = endpoint;
  if (password !== undefined) return connectionTo(endpoint, password);
  throw new ActionError(`Could not log in to ${what}: this run does not know its password`, {
    code: 'credentials-missing',
    source: 'user',
    hint
  });
}
