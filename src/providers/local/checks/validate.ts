import { MAX_NAME_BYTES } from '../../../postgres/identifier.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { parameterProblems } from '../resources/server/parameters.ts';

/** The prefix of names that PostgreSQL reserves. */
const RESERVED_PREFIX = 'pg_';

/** The limits of a server on the runner. Pure. */
export function validate(spec: Spec): Findings {
  const { settings } = spec;
  const problems: Problem[] = [...parameterProblems(settings.parameters ?? {}, settings.engine_version)];
  if (settings.master_username?.startsWith(RESERVED_PREFIX) === true) {
    problems.push({
      input: 'master_username',
      value: settings.master_username,
      why: 'starts with `pg_`, which PostgreSQL reserves',
      allowed: `another name of up to ${MAX_NAME_BYTES} bytes`
    });
  }
  if (settings.database_name === 'template0' || settings.database_name === 'template1') {
    problems.push({
      input: 'database_name',
      value: settings.database_name,
      why: 'is a template that every cluster has',
      allowed: 'another name'
    });
  }
  if (settings.restore_to_time !== undefined && settings.restore_to_time !== 'latest') {
    problems.push({
      input: 'restore_to_time',
      value: settings.restore_to_time,
      why: 'is a time in the past, and the runner keeps no log of it',
      allowed: '`latest`, or `restore_from_snapshot` instead'
    });
  }
  return { problems, notices: [] };
}
