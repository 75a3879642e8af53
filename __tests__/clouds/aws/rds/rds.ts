import type { RDS } from '@aws-sdk/client-rds';
import type { Actions, AnyActions, Call } from '../actions.ts';
import { AwsFault, invalidValue } from '../fault.ts';
import { addTags, readTags, removeTags, type Tagged } from '../tags.ts';
import type { Region } from '../state.ts';
import { backups } from './backups.ts';
import { blueGreen } from './blue-green.ts';
import { create } from './create.ts';
import { lifecycle } from './lifecycle.ts';
import { modify } from './modify.ts';
import { offers } from './offers.ts';
import { parameterGroups } from './parameter-groups.ts';
import { proxies } from './proxies.ts';
import { replicas } from './replicas.ts';
import { restore } from './restore.ts';
import { snapshots } from './snapshots.ts';
import { subnetGroups } from './subnet-groups.ts';

const tags: Actions<RDS> = {
  AddTagsToResource: (input, call) => {
    addTags(byArn(input.ResourceName, call), input.Tags ?? [], call.cloud.pace.tags);
  },
  RemoveTagsFromResource: (input, call) => {
    removeTags(byArn(input.ResourceName, call), input.TagKeys ?? [], call.cloud.pace.tags);
  },
  ListTagsForResource: (input, call) => ({ TagList: readTags(byArn(input.ResourceName, call)) })
};

/** Relational Database Service, PostgreSQL only. */
export const rds: AnyActions = {
  ...create,
  ...modify,
  ...lifecycle,
  ...replicas,
  ...blueGreen,
  ...restore,
  ...snapshots,
  ...backups,
  ...parameterGroups,
  ...subnetGroups,
  ...proxies,
  ...offers,
  ...tags
};

interface Kind {
  readonly missing: string;
  readonly tagsOf: (region: Region, name: string, arn: string) => Tagged | undefined;
}

const KINDS: Readonly<Record<string, Kind>> = {
  db: { missing: 'DBInstanceNotFound', tagsOf: (region, name) => region.instances.get(name)?.tags },
  pg: { missing: 'DBParameterGroupNotFound', tagsOf: (region, name) => region.parameterGroups.get(name)?.tags },
  subgrp: { missing: 'DBSubnetGroupNotFoundFault', tagsOf: (region, name) => region.subnetGroups.get(name)?.tags },
  snapshot: { missing: 'DBSnapshotNotFound', tagsOf: (region, name) => region.snapshots.get(name)?.tags },
  ri: { missing: 'ReservedDBInstanceNotFound', tagsOf: (region, name) => region.reservations.get(name)?.tags },
  'auto-backup': {
    missing: 'DBInstanceAutomatedBackupNotFound',
    tagsOf: (region, _name, arn) => region.backups.get(arn)?.tags
  },
  'db-proxy': {
    missing: 'DBProxyNotFoundFault',
    tagsOf: (region, _name, arn) => [...region.proxies.values()].find(one => one.proxy.DBProxyArn === arn)?.tags
  }
};

function byArn(arn: string | undefined, { region }: Call): Tagged {
  const [, where, kind = '', name = ''] = /^arn:aws:rds:([^:]+):\d+:([a-z-]+):(.+)$/.exec(arn ?? '') ?? [];
  const known = KINDS[kind];
  if (known === undefined || where !== region.name) throw invalidValue(`Invalid resource name: ${arn}`);
  const tagged = known.tagsOf(region, name, arn ?? '');
  if (tagged === undefined) throw new AwsFault(known.missing, `${arn} not found.`);
  return tagged;
}
