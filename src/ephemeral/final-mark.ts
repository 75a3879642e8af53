import { ownership, type Mark } from '../engine/ownership.ts';
import { ProviderError } from '../errors.ts';
import { databaseComment } from '../postgres/database-mark.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts';
import { asAdmin, type DatabaseContext } from './database-context.ts';
import type { DatabaseState, EphemeralMark } from './database-types.ts';
import { change } from './locked.ts';
import { validUntil } from './role.ts';

/** SQLSTATE of our own: a comment is not what this run has read or written last. */
const CHANGED = 'PGK01';

/**
 * The last text of a run: opens what is still closed, writes the mark of the finished apply into the comments of the
 * database and its role, and reads both for the outputs. It changes nothing where another one has changed a comment
 * since this run read it, except for another run of the same pull request.
 */
export async function finalMark(context: DatabaseContext, mark: Mark): Promise<void> {
  try {
    await write(context, mark);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.providerCode !== CHANGED) throw thrown;
    context.invalidate();
    await write(context, mark);
  }
}

async function write(context: DatabaseContext, mark: Mark): Promise<void> {
  const state = await context.databaseState();
  if (state === undefined || !mayMark(context, state)) return;
  const whole: EphemeralMark = { ...state.database?.mark, ...mark, ready: true };
  const name = quoteIdentifier(context.name);
  await asAdmin(context, async session =>
    change(
      context,
      session,
      [
        unchanged(context),
        ...(context.memory.isClosed === true ? openStatements(context) : []),
        `ALTER ROLE ${name}${validUntil(mark.expiresAt)}`,
        `COMMENT ON ROLE ${name} IS ${quoteLiteral(JSON.stringify(mark))}`,
        databaseComment(context.name, whole)
      ],
      `mark database ${context.name}`
    )
  );
  context.memory.isClosed = false;
}

/** Both carry the mark of this pull request. A database that this run has just made carries none yet. */
function mayMark({ target, memory }: DatabaseContext, { role, database }: DatabaseState): boolean {
  if (role === undefined || database === undefined) return false;
  const isOurs = (found: Mark | undefined): boolean => ownership(found, target).kind === 'ours';
  return isOurs(role.mark) && (isOurs(database.mark) || (memory.isClosed === true && database.mark === undefined));
}

/** Lets the role into its database, and no other user. */
export function openStatements({ name }: Pick<DatabaseContext, 'name'>): readonly string[] {
  const quoted = quoteIdentifier(name);
  return [
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${quoted} FROM PUBLIC`,
    `ALTER DATABASE ${quoted} ALLOW_CONNECTIONS true`
  ];
}

/** Fails when a comment is not as this run saw it. The text is one transaction, so that nothing of it is done then. */
function unchanged({ name, memory: { seen } }: DatabaseContext): string {
  const literal = quoteLiteral(name);
  const text = (comment: string | null): string => (comment === null ? 'null' : quoteLiteral(comment));
  // A literal for the body: a comment of others may hold any dollar quote.
  const body = `begin
  if (select shobj_description(oid, 'pg_authid') from pg_roles where rolname = ${literal}) is distinct from ${text(seen.role)}
     or (select shobj_description(oid, 'pg_database') from pg_database where datname = ${literal}) is distinct from ${text(seen.database)}
  then raise exception 'its mark was changed meanwhile' using errcode = '${CHANGED}';
  end if;
end`;
  return `do ${quoteLiteral(body)}`;
}
