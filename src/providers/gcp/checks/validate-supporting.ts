import { isReservedRole, isTemplate } from '../../../postgres/identifier.ts';
import type { Notice } from '../../../engine/plan.ts';
import type { AlarmName, AlarmRule } from '../../../spec/alarms.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ALARM_EVALUATIONS, alarmPeriod, PRESETS } from '../resources/alarm.ts';
import { alarmSpanProblems } from '../../alarm-span.ts';
import { iamUserOf } from '../api/iam-users.ts';
import { ownUser } from '../resources/password.ts';

/** 23.5 and 25 hours, in seconds. https://cloud.google.com/monitoring/alerts/concepts-indepth */
const LONGEST_RETEST = 84_600;
const LONGEST_ALARM = 90_000;

/** The limits of users, alarms and replicas, as far as the inputs show. */
export function supportingProblems(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const name = ownUser(settings);
  if (name !== undefined && (name.startsWith('cloudsql') || isReservedRole(name))) {
    problems.push({ input: 'master_username', value: name, why: 'is a name that Cloud SQL reserves' });
  }
  const database = settings.database_name;
  if (database !== undefined && (database === 'cloudsqladmin' || isTemplate(database))) {
    problems.push({ input: 'database_name', value: database, why: 'is a database that Cloud SQL reserves' });
  }
  for (const given of settings.iam_users ?? []) {
    if (iamUserOf(given) !== undefined) continue;
    const allowed =
      '`user:ann@example.com`, `serviceAccount:app@shop.iam.gserviceaccount.com`, `group:team@example.com`';
    problems.push({ input: 'iam_users', value: given, why: 'is not a user, service account or group', allowed });
  }
  if ((settings.iam_users ?? []).length > 0 && settings.iam_database_authentication_enabled !== true) {
    problems.push({ input: 'iam_users', why: 'needs `iam_database_authentication_enabled: true`' });
  }
  for (const action of settings.alarm_actions ?? []) {
    if (/^projects\/[^/]+\/notificationChannels\/\d+$/.test(action)) continue;
    const allowed = '`projects/<project>/notificationChannels/<number>`';
    problems.push({ input: 'alarm_actions', value: action, why: 'is not a notification channel', allowed });
  }
  problems.push(
    ...alarmSpanProblems(measured(settings.alarms), {
      service: 'Cloud Monitoring',
      periodOf: alarmPeriod,
      evaluations: ALARM_EVALUATIONS,
      most: period => Math.min(LONGEST_RETEST, LONGEST_ALARM - period)
    })
  );
  if (settings.replica_region !== undefined && settings.kms_key_id !== undefined) {
    const why = 'is not possible with `kms_key_id`: the replica needs a key of its own region, which no input names';
    problems.push({ input: 'replica_region', value: settings.replica_region, why });
  }
  return problems;
}

/** Notices on inputs that mean something else on Cloud SQL, or nothing. */
export function supportingNotices(settings: Settings): readonly Notice[] {
  const rules = Object.entries(settings.alarms ?? {}) as readonly (readonly [AlarmName, AlarmRule])[];
  return rules.flatMap(([name, rule]) => alarmNotices(name, rule));
}

/** Without those that Cloud SQL does not measure: they are told, and not made. */
function measured(alarms: Settings['alarms'] = {}): NonNullable<Settings['alarms']> {
  return Object.fromEntries(Object.entries(alarms).filter(([name]) => PRESETS[name as AlarmName] !== undefined));
}

function alarmNotices(name: AlarmName, { threshold, period }: AlarmRule): readonly Notice[] {
  const note = (code: string, message: string): Notice => ({ code, severity: 'info', input: 'alarms', message });
  const preset = PRESETS[name];
  if (preset === undefined) return [note('value-ignored', `Cloud SQL does not measure \`${name}\`.`)];
  const notices: Notice[] = [];
  if (name === 'free_storage' || name === 'freeable_memory') {
    const percent = threshold ?? preset.threshold;
    const says = preset.says.toLowerCase();
    notices.push(note('value-mapped', `\`${name}\` is watched as ${says}, in percent: above ${percent} %.`));
  }
  if (period !== undefined && alarmPeriod(period) !== period) {
    notices.push(note('value-rounded', `A period of ${period} s becomes ${alarmPeriod(period)} s: whole minutes.`));
  }
  return notices;
}
