import { defined } from '../../../engine/defined.ts';
import type { Desired, Observed } from '../../../engine/resource.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';
import { desiredRoleSecrets } from '../../role-secrets.ts';
import { alarmAddress, SERVER, SERVER_GROUP, userAddress } from '../addresses.ts';
import { cleanLabels } from '../api/labels.ts';
import type { GcpContext } from '../context.ts';
import { alarm, ALARM_EVALUATIONS, alarmPeriod, alarmTitle, PRESETS } from '../resources/alarm.ts';
import { database, wantedDatabases } from '../resources/database.ts';
import { ownUser } from '../resources/password.ts';
import { roleSecret, secretTitle } from '../resources/role-secret.ts';
import { iamUsers, user, userTitle } from '../resources/user.ts';

/** The databases, users and alarms of the instance. */
export function desiredSupporting(context: GcpContext, observed: readonly Observed[]): readonly Desired[] {
  const { settings, secret } = context;
  const tagged = { ...settings, ...defined({ tags: settings.tags && cleanLabels(settings.tags) }) };
  const title = (role: string): string => secretTitle(context, role);
  return [
    ...databases(context),
    ...users(context, observed),
    ...alarms(context, observed),
    ...desiredRoleSecrets({ settings: tagged, secret, kind: roleSecret, title, observed, dependsOn: [SERVER] })
  ];
}

/** Databases and users carry no labels. */
const UNLABELLED = { settings: {} };
const WITHIN_INSTANCE = { dependsOn: [SERVER], concurrencyGroup: SERVER_GROUP };

function databases(context: GcpContext): readonly Desired[] {
  return wantedDatabases(context).map(({ address, title, name }) =>
    ensure(UNLABELLED, database, address, title, { name }, WITHIN_INSTANCE)
  );
}

/** The user of `master_username` and those of `iam_users`. Our other users that log in with IAM are removed. */
function users({ settings }: GcpContext, observed: readonly Observed[]): readonly Desired[] {
  const own = ownUser(settings);
  const password = settings.master_password === undefined ? undefined : onCreateOnly({ $secret: 'master_password' });
  const wanted = [
    ...(own === undefined
      ? []
      : [ensure(UNLABELLED, user, userAddress(own), userTitle(own), { master_password: password }, WITHIN_INSTANCE)]),
    ...iamUsers(settings).map(({ name, type }) =>
      ensure(UNLABELLED, user, userAddress(name), userTitle(name), { type }, WITHIN_INSTANCE)
    )
  ];
  if (settings.iam_users === undefined) return wanted;
  // Only users of IAM have a type here; those of others are at addresses of their own.
  const surplus = observed.filter(
    ({ address, type, fields }) =>
      type === 'user' &&
      address.startsWith('user/') &&
      fields['type'] !== undefined &&
      !wanted.some(one => one.address === address)
  );
  return [...wanted, ...surplus.map(({ address, title }) => ensureAbsent(address, 'user', title, SERVER_GROUP))];
}

/** The alarms that the inputs ask for; our other alarms are removed. */
function alarms(context: GcpContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: asked, alarm_actions: actions, tags } = context.settings;
  if (asked === undefined) return [];
  return ALARMS.flatMap((name: AlarmName) => {
    const [preset, rule] = [PRESETS[name], asked[name]];
    const [address, title] = [alarmAddress(name), alarmTitle(context, name)];
    if (preset === undefined) return [];
    const isLive = observed.some(one => one.address === address);
    if (rule === undefined) return isLive ? [ensureAbsent(address, 'alarm', title)] : [];
    const values = {
      threshold: rule.threshold ?? preset.threshold,
      period: alarmPeriod(rule.period),
      evaluation_periods: rule.evaluation_periods ?? ALARM_EVALUATIONS,
      enabled: true,
      actions: actions && [...actions]
    };
    const tagged = { settings: defined({ tags: tags && cleanLabels(tags) }) };
    return [ensure(tagged, alarm, address, title, values, { dependsOn: [SERVER] })];
  });
}
