import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';
import { alarmAddress, replicaAddress, SERVER, SERVER_GROUP, userAddress } from '../addresses.ts';
import { ALARM_EVALUATIONS, alarmPeriod, alarmTitle, PRESETS } from '../resources/alarm.ts';
import { wantedDatabases } from '../resources/database.ts';
import { cleanLabels } from '../api/labels.ts';
import type { GcpContext } from '../context.ts';
import { iamUserOf } from './iam-users.ts';
import { isReplicaField, replicaTitle } from '../resources/replica.ts';
import { ownUser } from '../resources/password.ts';
import { userTitle } from '../resources/user.ts';

/** Everything beside the instance and inside it. Replicas are as their instance is to be. */
export function desiredSupporting(
  context: GcpContext,
  observed: readonly Observed[],
  server: Desired
): readonly Desired[] {
  return [
    ...databases(context),
    ...users(context, observed),
    ...alarms(context, observed),
    ...replicas(context, observed, server)
  ];
}

/** What stands inside the instance carries no labels of its own. */
function within(
  address: string,
  type: string,
  title: string,
  values: Readonly<Record<string, FieldValue | ReturnType<typeof onCreateOnly>>>
): Desired {
  return ensure({ settings: {} }, address, type, title, values, {
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP
  });
}

const isHere = (observed: readonly Observed[], address: string): boolean =>
  observed.some(one => one.address === address);

function databases(context: GcpContext): readonly Desired[] {
  return wantedDatabases(context).map(({ address, title, name }) => within(address, 'database', title, { name }));
}

/** The one of `master_username`, and those of `iam_users`: others that log in with IAM go. */
function users({ settings }: GcpContext, observed: readonly Observed[]): readonly Desired[] {
  const own = ownUser(settings);
  const password: Readonly<Record<string, ReturnType<typeof onCreateOnly>>> =
    settings.master_password === undefined ? {} : { master_password: onCreateOnly({ $secret: 'master_password' }) };
  const named = settings.iam_users?.flatMap(given => iamUserOf(given) ?? []);
  const wanted = [
    ...(own === undefined ? [] : [within(userAddress(own), 'user', userTitle(own), password)]),
    ...(named ?? []).map(({ name, type }) => within(userAddress(name), 'user', userTitle(name), { type }))
  ];
  if (named === undefined) return wanted;
  const surplus = observed.filter(one => one.type === 'user' && !wanted.some(({ address }) => address === one.address));
  return [...wanted, ...surplus.map(({ address, title }) => ensureAbsent(address, 'user', title, SERVER_GROUP))];
}

function tagged({ settings }: GcpContext): Parameters<typeof ensure>[0] {
  return { settings: settings.tags === undefined ? {} : { tags: cleanLabels(settings.tags) } };
}

/** The alarms that are asked for; those of ours that are not any more go. */
function alarms(context: GcpContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: asked, alarm_actions: actions } = context.settings;
  if (asked === undefined) return [];
  return ALARMS.flatMap((name: AlarmName) => {
    const [preset, rule] = [PRESETS[name], asked[name]];
    const [address, title] = [alarmAddress(name), alarmTitle(context, name)];
    if (preset === undefined) return [];
    if (rule === undefined) return isHere(observed, address) ? [ensureAbsent(address, 'alarm', title)] : [];
    const values = {
      threshold: rule.threshold ?? preset.threshold,
      period: alarmPeriod(rule.period),
      evaluation_periods: rule.evaluation_periods ?? ALARM_EVALUATIONS,
      enabled: true,
      ...(actions === undefined ? {} : { actions: [...actions] })
    };
    return [ensure(tagged(context), address, 'alarm', title, values, { dependsOn: [SERVER] })];
  });
}

/** Numbered ones, and one in another region. Numbers above the count are to go, the highest first. */
function replicas(context: GcpContext, observed: readonly Observed[], server: Desired): readonly Desired[] {
  const { settings } = context;
  const count = replicaCount(settings);
  const one = (address: string): Desired => {
    const live = isHere(observed, address);
    const shared = Object.entries(server.fields).filter(
      // A new replica is ready by itself.
      ([name]) => isReplicaField(name) && (name !== 'state' || live)
    );
    const complete = (server.complete ?? []).filter(prefix => isReplicaField(`${prefix}.`));
    const extra = { dependsOn: [SERVER], concurrencyGroup: SERVER_GROUP, complete };
    const values = Object.fromEntries(shared);
    return ensure({ settings: {} }, address, 'replica', replicaTitle(context, address), values, extra);
  };
  const live = observed.flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? []).map(Number);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : live.filter(number => number > count).sort((a, b) => b - a);
  const elsewhere = settings.replica_region;
  return [
    ...numbers.map(number => one(replicaAddress(number))),
    ...surplus.map(number => {
      const address = replicaAddress(number);
      return ensureAbsent(address, 'replica', replicaTitle(context, address), SERVER_GROUP);
    }),
    ...(elsewhere === undefined ? [] : [one(replicaAddress(elsewhere.toLowerCase()))])
  ];
}
