import type { DBProxy, DBProxyTarget, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidValue } from '../fault.ts';
import { hexId } from '../ids.ts';
import { page } from '../pages.ts';
import { tagged } from '../tags.ts';
import type { ProxyRecord, RoleRecord } from '../state.ts';
import { checkRole, checkSecurityGroups } from './checks.ts';
import { arnOf, instance, mustBe } from './instance.ts';

export const proxies: Actions<RDS> = {
  CreateDBProxy: (input, call) => {
    const { cloud, region, now } = call;
    const name = (input.DBProxyName ?? '').toLowerCase();
    if (!/^[a-z](-?[a-z0-9])*$/.test(name) || name.length > 63) throw invalidValue(`Invalid DBProxyName ${name}`);
    if (region.proxies.has(name))
      throw new AwsFault('DBProxyAlreadyExistsFault', `DB Proxy with name ${name} already exists.`);
    const subnets = (input.VpcSubnetIds ?? []).map(id =>
      found(region.subnets.get(id), 'InvalidSubnet', `Subnet ${id} is invalid`)
    );
    if (new Set(subnets.map(subnet => subnet.AvailabilityZone)).size < 2) {
      throw new AwsFault('InvalidSubnet', 'DB Proxy subnets must cover at least two Availability Zones');
    }
    checkSecurityGroups(input.VpcSecurityGroupIds ?? [], undefined, call);
    const auth = input.Auth ?? [];
    for (const one of auth) {
      if ([...region.secrets.values()].some(secret => secret.arn === one.SecretArn)) continue;
      throw invalidValue(`Invalid SecretArn ${one.SecretArn}`);
    }
    checkRole(input.RoleArn ?? '', 'rds.amazonaws.com', 'RDS_PROXY', readsSecrets, call);
    const proxy: DBProxy = {
      DBProxyName: name,
      DBProxyArn: arnOf(cloud, region, 'db-proxy', hexId('prx-', cloud.id('proxy'))),
      Status: 'creating',
      EngineFamily: input.EngineFamily,
      VpcId: subnets[0]?.VpcId,
      VpcSecurityGroupIds: [...(input.VpcSecurityGroupIds ?? [])],
      VpcSubnetIds: [...(input.VpcSubnetIds ?? [])],
      Auth: auth.map(one => ({
        AuthScheme: 'SECRETS',
        IAMAuth: 'DISABLED',
        ClientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
        ...one
      })),
      DefaultAuthScheme: input.DefaultAuthScheme ?? 'NONE',
      RoleArn: input.RoleArn,
      Endpoint: `${name}.proxy-c9akciq32rrw.${region.name}.rds.amazonaws.com`,
      RequireTLS: input.RequireTLS ?? false,
      IdleClientTimeout: input.IdleClientTimeout ?? 1800,
      DebugLogging: input.DebugLogging ?? false,
      CreatedDate: now,
      UpdatedDate: now
    };
    region.proxies.set(name, {
      proxy,
      targetGroup: {
        DBProxyName: name,
        TargetGroupName: 'default',
        TargetGroupArn: arnOf(cloud, region, 'target-group', hexId('prx-tg-', cloud.id('group'))),
        IsDefault: true,
        Status: 'available',
        ConnectionPoolConfig: {
          MaxConnectionsPercent: 100,
          MaxIdleConnectionsPercent: 50,
          ConnectionBorrowTimeout: 120,
          SessionPinningFilters: []
        },
        CreatedDate: now,
        UpdatedDate: now
      },
      targets: [],
      tags: tagged(input.Tags),
      reads: cloud.pace.proxy
    });
    return { DBProxy: { ...proxy } };
  },
  DescribeDBProxies: (input, call) => {
    if (input.DBProxyName !== undefined) return { DBProxies: [look(byName(input.DBProxyName, call), call)] };
    const { items, next } = page(
      [...call.region.proxies.values()],
      call.cloud.pageSize,
      input.MaxRecords,
      input.Marker
    );
    return { DBProxies: items.map(one => look(one, call)), Marker: next };
  },
  ModifyDBProxy: (input, call) => {
    const record = usable(input.DBProxyName, call);
    const { proxy } = record;
    if (input.RoleArn !== undefined) proxy.RoleArn = input.RoleArn;
    if (input.SecurityGroups !== undefined) proxy.VpcSecurityGroupIds = [...input.SecurityGroups];
    if (input.Auth !== undefined)
      proxy.Auth = input.Auth.map(one => ({ AuthScheme: 'SECRETS', IAMAuth: 'DISABLED', ...one }));
    if (input.RequireTLS !== undefined) proxy.RequireTLS = input.RequireTLS;
    if (input.IdleClientTimeout !== undefined) proxy.IdleClientTimeout = input.IdleClientTimeout;
    if (input.DebugLogging !== undefined) proxy.DebugLogging = input.DebugLogging;
    proxy.Status = 'modifying';
    record.reads = call.cloud.pace.proxy;
    return { DBProxy: { ...proxy } };
  },
  DeleteDBProxy: (input, call) => {
    const record = byName(input.DBProxyName, call);
    if (record.proxy.Status === 'deleting')
      throw new AwsFault('InvalidDBProxyStateFault', `DB Proxy ${record.proxy.DBProxyName} is being deleted`);
    record.proxy.Status = 'deleting';
    record.reads = call.cloud.pace.proxy;
    return { DBProxy: { ...record.proxy } };
  },
  DescribeDBProxyTargetGroups: (input, call) => ({ TargetGroups: [byName(input.DBProxyName, call).targetGroup] }),
  ModifyDBProxyTargetGroup: (input, call) => {
    const { targetGroup } = usable(input.DBProxyName, call);
    const { InitQuery: query, ...pool } = input.ConnectionPoolConfig ?? {};
    const percent = pool.MaxConnectionsPercent ?? 100;
    if (percent < 1 || percent > 100) throw invalidValue(`MaxConnectionsPercent ${percent} is not between 1 and 100`);
    targetGroup.ConnectionPoolConfig = {
      ...targetGroup.ConnectionPoolConfig,
      ...pool,
      ...(query !== undefined && { InitQuery: query })
    };
    return { DBProxyTargetGroup: targetGroup };
  },
  RegisterDBProxyTargets: (input, call) => {
    const record = usable(input.DBProxyName, call);
    const added = (input.DBInstanceIdentifiers ?? []).map((id): DBProxyTarget => {
      const server = instance(call.region, id);
      mustBe(server, 'available', 'storage-optimization', 'storage-initialization', 'backing-up');
      const resource = server.live.DBInstanceIdentifier;
      if (record.targets.some(target => target.RdsResourceId === resource)) {
        throw new AwsFault('DBProxyTargetAlreadyRegisteredFault', `Target ${id} is already registered.`);
      }
      if (server.live.DBSubnetGroup?.VpcId !== record.proxy.VpcId)
        throw invalidValue('The proxy and the server are not in the same VPC');
      return {
        RdsResourceId: resource,
        TargetArn: server.arn,
        Endpoint: server.live.Endpoint?.Address,
        Port: server.live.Endpoint?.Port,
        Type: 'RDS_INSTANCE',
        Role: 'READ_WRITE',
        TargetHealth: { State: 'REGISTERING' }
      };
    });
    record.targets.push(...added);
    return { DBProxyTargets: added.map(one => ({ ...one })) };
  },
  DeregisterDBProxyTargets: (input, call) => {
    const record = usable(input.DBProxyName, call);
    for (const id of input.DBInstanceIdentifiers ?? []) {
      const at = record.targets.findIndex(target => target.RdsResourceId === id.toLowerCase());
      if (at < 0) throw new AwsFault('DBProxyTargetNotFoundFault', `Target ${id} is not registered.`);
      record.targets.splice(at, 1);
    }
  },
  DescribeDBProxyTargets: (input, call) => {
    const record = byName(input.DBProxyName, call);
    const shown = record.targets.map(target => ({ ...target, TargetHealth: { ...target.TargetHealth } }));
    for (const target of record.targets) target.TargetHealth = { State: 'AVAILABLE' };
    return { Targets: shown };
  }
};

function byName(name: string | undefined, { region }: Call): ProxyRecord {
  return found(
    region.proxies.get((name ?? '').toLowerCase()),
    'DBProxyNotFoundFault',
    `DB Proxy with name ${name} was not found.`
  );
}

/** Refuses while the proxy is at something else; being refused counts as a read. */
function usable(name: string | undefined, call: Call): ProxyRecord {
  const record = byName(name, call);
  if (record.proxy.Status === 'available') return record;
  const status = record.proxy.Status;
  look(record, call);
  throw new AwsFault('InvalidDBProxyStateFault', `DB Proxy ${name} is in state ${status}.`);
}

function look(record: ProxyRecord, { region }: Call): DBProxy {
  const shown = { ...record.proxy };
  record.reads -= 1;
  if (record.reads > 0) return shown;
  if (record.proxy.Status === 'deleting') region.proxies.delete(record.proxy.DBProxyName ?? '');
  else record.proxy.Status = 'available';
  return shown;
}

function readsSecrets(role: RoleRecord): boolean {
  return [...role.inline.values()].some(document => document.includes('secretsmanager:GetSecretValue'));
}
