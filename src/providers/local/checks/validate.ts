import { isReservedRole, isTemplate, MAX_NAME_BYTES } from '../../../postgres/identifier.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import { combineFindings, noticeOn, NO_FINDINGS, type Findings } from '../../findings.ts';
import { parameterProblems } from '../resources/server/parameters.ts';

const LOCALE_INPUTS = ['encoding', 'locale', 'icu_locale'] as const;

function localeProblems({ settings }: Spec): readonly Problem[] {
  const isCopy = settings.restore_from_snapshot !== undefined || settings.restore_source !== undefined;
  const onCopies = LOCALE_INPUTS.flatMap((input): readonly Problem[] =>
    isCopy && settings[input] !== undefined
      ? [{ input, value: settings[input], why: 'is that of the source in a copy', allowed: 'no value' }]
      : []
  );
  if (settings.icu_locale === undefined || settings.engine_version?.split('.')[0] !== '14') return onCopies;
  const why = 'is known to the databases of PostgreSQL 15 and later';
  return [...onCopies, { input: 'icu_locale', value: settings.icu_locale, why, allowed: 'a later `engine_version`' }];
}

/** The limits of a server on the runner. Pure. */
export function validate(spec: Spec): Findings {
  const { settings } = spec;
  const problems: Problem[] = [...parameterProblems(settings.parameters ?? {}, settings.engine_version)];
  if (settings.master_username !== undefined && isReservedRole(settings.master_username)) {
    problems.push({
      input: 'master_username',
      value: settings.master_username,
      why: 'is a name that PostgreSQL reserves',
      allowed: `another name of up to ${MAX_NAME_BYTES} bytes`
    });
  }
  if (settings.database_name !== undefined && isTemplate(settings.database_name)) {
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
  problems.push(...localeProblems(spec));
  const message = '`master_password_version` has no effect: a changed password is seen without it.';
  return combineFindings([
    { problems, notices: [] },
    settings.master_password_version === undefined
      ? NO_FINDINGS
      : noticeOn('master_password_version', 'value-ignored', message, 'info')
  ]);
}
