import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { absent, present, unmanaged } from '../../desired-resources.ts';
import { alarmAddress, replicaAddress, SERVER, SERVER_LANE, userAddress } from '../addresses.ts';
import { ALARM_EVALUATIONS, alarmPeriod, alarmTitle, PRESETS } from '../resources/alarm.ts';
import { wantedDatabases } from '../resources/database.ts';
import { cleanLabels } from '../api/labels.ts';
import type { GcpWorld } from '../context.ts';
import { iamUserOf } from './iam-users.ts';
import { isReplicaField, replicaTitle } from '../resources/replica.ts';
import { ownUser } from '../resources/password.ts';
import { userTitle } from '../resources/user.ts';

/** Everything beside the instance and inside it. Replicas are as their instance is to be. */
export function desireBeside(world: GcpWorld, observed: readonly Observed[], server: Desired): readonly Desired[] {
  return [
    ...databases(world),
    ...users(world, observed),
    ...alarms(world, observed),
    ...replicas(world, observed, server)
  ];
}

/** What stands inside the instance carries no labels of its own. */
function within(
  address: string,
  type: string,
  title: string,
  values: Readonly<Record<string, FieldValue | ReturnType<typeof unmanaged>>>
): Desired {
  return present({ settings: {} }, address, type, title, values, { dependsOn: [SERVER], lane: SERVER_LANE });
}

const isHere = (observed: readonly Observed[], address: string): boolean =>
  observed.some(one => one.address === address);

function databases(world: GcpWorld): readonly Desired[] {
  return wantedDatabases(world).map(({ address, title, name }) => within(address, 'database', title, { name }));
}

/** The one of `master_username`, and those of `iam_users`: others that log in with IAM go. */
function users({ settings }: GcpWorld, observed: readonly Observed[]): readonly Desired[] {
  const own = ownUser(settings);
  const password: Readonly<Record<string, ReturnType<typeof unmanaged>>> =
    settings.master_password === undefined ? {} : { master_password: unmanaged({ $secret: 'master_password' }) };
  const named = settings.iam_users?.flatMap(given => iamUserOf(given) ?? []);
  const wanted = [
    ...(own === undefined ? [] : [within(userAddress(own), 'user', userTitle(own), password)]),
    ...(named ?? []).map(({ name, type }) => within(userAddress(name), 'user', userTitle(name), { type }))
  ];
  if (named === undefined) return wanted;
  const surplus = observed.filter(one => one.type === 'user' && !wanted.some(({ address }) => address === one.address));
  return [...wanted, ...surplus.map(({ address, title }) => absent(address, 'user', title, SERVER_LANE))];
}

function tagged({ settings }: GcpWorld): Parameters<typeof present>[0] {
  return { settings: settings.tags === undefined ? {} : { tags: cleanLabels(settings.tags) } };
}

/** The alarms that are asked for; those of ours that are not any more go. */
function alarms(world: GcpWorld, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: asked, alarm_actions: actions } = world.settings;
  if (asked === undefined) return [];
  return ALARMS.flatMap((name: AlarmName) => {
    const [preset, rule] = [PRESETS[name], asked[name]];
    const [address, title] = [alarmAddress(name), alarmTitle(world, name)];
    if (preset === undefined) return [];
    if (rule === undefined) return isHere(observed, address) ? [absent(address, 'alarm', title)] : [];
    const values = {
      threshold: rule.threshold ?? preset.threshold,
      period: alarmPeriod(rule.period),
      evaluation_periods: rule.evaluation_periods ?? ALARM_EVALUATIONS,
      enabled: true,
      ...(actions === undefined ? {} : { actions: [...actions] })
    };
    return [present(tagged(world), address, 'alarm', title, values, { dependsOn: [SERVER] })];
  });
}

/** Numbered ones, and one in another region. Numbers above the count are to go, the highest first. */
function replicas(world: GcpWorld, observed: readonly Observed[], server: Desired): readonly Desired[] {
  const { settings } = world;
  const count = replicaCount(settings);
  const one = (address: string): Desired => {
    const live = isHere(observed, address);
    const shared = Object.entries(server.fields).filter(
      // A new replica is ready by itself.
      ([name]) => isReplicaField(name) && (name !== 'state' || live)
    );
    const complete = (server.complete ?? []).filter(prefix => isReplicaField(`${prefix}.`));
    const extra = { dependsOn: [SERVER], lane: SERVER_LANE, complete };
    const values = Object.fromEntries(shared);
    return present({ settings: {} }, address, 'replica', replicaTitle(world, address), values, extra);
  };
  const live = observed.flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? []).map(Number);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : live.filter(number => number > count).sort((a, b) => b - a);
  const elsewhere = settings.replica_region;
  return [
    ...numbers.map(number => one(replicaAddress(number))),
    ...surplus.map(number => {
      const address = replicaAddress(number);
      return absent(address, 'replica', replicaTitle(world, address), SERVER_LANE);
    }),
    ...(elsewhere === undefined ? [] : [one(replicaAddress(elsewhere.toLowerCase()))])
  ];
}
