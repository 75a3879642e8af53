import type { Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import { ignoring } from '../../failures.ts';
import { networkOfRule } from '../api/names.ts';
import type { AzureContext } from '../context.ts';
import { isProvisioned, readStorageType, nextSize, storageTypeOf } from '../api/storage.ts';

/** What should be known of a server as it is, or as Azure makes it of what is asked. */
export async function liveNotices(context: AzureContext, live: Server | undefined): Promise<readonly Notice[]> {
  return [
    ...storage(context, live),
    ...publicAddress(context, live),
    ...(await openRules(context, live)),
    ...(await locks(context, live))
  ];
}

function storage({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  const { allocated_storage: asked, storage_type: given } = settings;
  const notices: Notice[] = [];
  const say = (code: string, name: keyof typeof settings, message: string): void => {
    notices.push({
      code,
      severity: code === 'value-ignored' ? 'warning' : 'info',
      input: name,
      message
    });
  };
  const type = (given === undefined ? undefined : readStorageType(given)) ?? storageTypeOf(live);
  const size = asked === undefined ? undefined : nextSize(asked, type);
  if (size !== undefined && size !== asked) {
    say('value-mapped', 'allocated_storage', `${asked} GiB becomes ${size} GiB, the next size that Azure has.`);
  }
  for (const name of ['storage_iops', 'storage_throughput'] as const) {
    if (settings[name] === undefined || isProvisioned(type)) continue;
    say('value-ignored', name, `\`${name}\` has no effect: on ${type} they follow the size and \`storage_tier\`.`);
  }
  return notices;
}

function publicAddress({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  if (settings.publicly_accessible !== undefined || live?.network?.publicNetworkAccess !== 'Enabled') return [];
  const message = 'The server has a public address, and no input says that it should.';
  return [{ code: 'less-safe', severity: 'warning', input: 'publicly_accessible', message }];
}

/** Rules of others that let everyone in, or all that runs on Azure, whoever it belongs to: they are left alone, and said. */
async function openRules(context: AzureContext, live: Server | undefined): Promise<readonly Notice[]> {
  if (context.settings.allowed_cidr_blocks === undefined || live === undefined) return [];
  const rules = (await ignoring(['denied'], context.liveState().rules())) ?? [];
  return rules.flatMap(({ name = '', startIpAddress: first, endIpAddress: last }) => {
    if (networkOfRule(name) !== undefined || first !== '0.0.0.0' || (last !== first && last !== '255.255.255.255'))
      return [];
    const whom = last === first ? 'everything that runs on Azure, whoever it belongs to' : 'everyone';
    const message = `The firewall rule \`${name}\`, which is not this action's, lets in ${whom}.`;
    return [{ code: 'less-safe', severity: 'warning', input: 'allowed_cidr_blocks', message }];
  });
}

/** Locks that are not ours: nothing of ours takes them away. */
async function locks(
  { names, liveState, serverId }: AzureContext,
  live: Server | undefined
): Promise<readonly Notice[]> {
  if (live === undefined) return [];
  const all = (await ignoring(['denied'], liveState().locks())) ?? [];
  const isOurs = ({ id = '', name }: (typeof all)[number]): boolean =>
    name === names.lock && id.toLowerCase().startsWith(serverId.toLowerCase());
  return all
    .filter(one => !isOurs(one))
    .map(({ name = '?', properties }) => {
      const isReadOnly = properties?.level === 'ReadOnly';
      const what = isReadOnly ? 'nothing about it can be changed' : 'nothing in it can be deleted, nor it itself';
      const message = `The lock \`${name}\`, which is not this action's, bears on ${names.server}: ${what}.`;
      return { code: 'locked', severity: isReadOnly ? 'warning' : 'info', message };
    });
}
