import { quoteLiteral } from '../postgres/identifier.ts';

/**
 * Ends the idle sessions in a template: PostgreSQL does not copy a database with connections. Active ones are waited
 * for.
 */
export function endIdleSessions(template: string): string {
  return `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${quoteLiteral(template)} and state = 'idle' and backend_type = 'client backend'
          and (pg_has_role(usesysid, 'USAGE') or pg_has_role('pg_signal_backend', 'USAGE'))
          and (not exists (select from pg_roles where oid = usesysid and rolsuper)
               or exists (select from pg_roles where rolname = current_user and rolsuper))`;
}
