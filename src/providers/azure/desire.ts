import type { Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../engine/plan.ts';
import type { Observed, Wanted } from '../../engine/resource.ts';
import type { FieldValue } from '../../engine/value.ts';
import { refuseProblems, type Problem } from '../../spec/problem.ts';
import type { Wish } from '../provider.ts';
import { present, unmanaged } from '../wishing.ts';
import { LOCK, SERVER, SERVER_LANE } from './addresses.ts';
import { regionOf, serverName } from './azure-names.ts';
import { readServer } from './azure-operation.ts';
import { idOfServer, type AzureWorld } from './azure-world.ts';
import { configurationsByName } from './configuration.ts';
import { desireBeside } from './desire-beside.ts';
import { readSku } from './sku.ts';
import { readStorageType, sizeOnLadder } from './storage.ts';

/** Days that Azure keeps backups at least. */
const FEWEST_DAYS = 7;

/** What a new server gets where no input says anything: today's smallest equivalents of the module's defaults. */
export const DEFAULTS = { sku: 'Standard_B1ms', major: '14', storageGib: 32, user: 'pgadmin' } as const;
/** Majors that Azure makes no new servers of. */
const RETIRED: readonly string[] = ['11', '12', '13'];

type Fields = Record<string, FieldValue | Wanted>;

/** What the inputs mean on Azure, now that the live state is known. */
export async function desire(world: AzureWorld, observed: readonly Observed[]): Promise<Wish> {
  const { settings, names } = world;
  const live = await world.reading().main();
  const version = versionOf(world, live);
  const source = live === undefined ? await sourceOf(world) : undefined;
  refuseProblems([...version.problems, ...(live === undefined ? passwordMissing(world) : [])]);
  const asked = given(world);
  const fields: Fields = { ...asked, ...(version.value === undefined ? {} : { engine_version: version.value }) };
  if (live === undefined) {
    for (const [name, value] of Object.entries(defaults(world))) fields[name] ??= unmanaged(value);
    if (source?.value !== undefined) {
      fields['source'] = source.value;
      // What a restored server has from its source is not ours to say.
      for (const name of INHERITED) if (!(name in asked)) delete fields[name];
      if (source.live?.version !== undefined) fields['engine_version'] = unmanaged(source.live.version);
    }
  } else fields['state'] = 'Ready';
  const configurations =
    live !== undefined && settings.parameters !== undefined ? await configurationsByName(world) : new Map();
  const major = majorOf(version.value ?? live?.version ?? DEFAULTS.major);
  const server = present(world, SERVER, 'server', `server ${names.server}`, fields, { lane: SERVER_LANE });
  return {
    desired: [server, ...desireBeside(world, observed, { server, configurations, major })],
    notices: [...version.notices, ...liveNotices(world, live), ...lockNotices(world, observed)]
  };
}

/** What inputs say of the server. */
function given({ settings }: AzureWorld): Fields {
  const sku = settings.instance_class === undefined ? undefined : readSku(settings.instance_class);
  const type = settings.storage_type === undefined ? undefined : readStorageType(settings.storage_type);
  const size = settings.allocated_storage === undefined ? undefined : sizeOnLadder(settings.allocated_storage, type);
  const grows = settings.auto_grow_enabled ?? (settings.max_allocated_storage ? true : undefined);
  const values: Readonly<Record<string, FieldValue | undefined>> = {
    location: settings.location === undefined ? undefined : regionOf(settings.location),
    instance_class: sku?.name,
    allocated_storage: size,
    storage_type: type,
    storage_tier: settings.storage_tier,
    storage_iops: type === undefined || type === 'Premium_LRS' ? undefined : settings.storage_iops,
    storage_throughput: type === undefined || type === 'Premium_LRS' ? undefined : settings.storage_throughput,
    auto_grow_enabled: grows,
    backup_retention_period: settings.backup_retention_period === 0 ? FEWEST_DAYS : settings.backup_retention_period,
    geo_redundant_backup: settings.geo_redundant_backup,
    multi_az: settings.multi_az,
    availability_zone: settings.availability_zone,
    maintenance_window: settings.maintenance_window,
    master_username: settings.master_username,
    master_password: settings.master_password === true ? { $secret: 'master_password' } : undefined,
    password_login: settings.master_password === true ? true : undefined,
    iam_database_authentication_enabled: settings.iam_database_authentication_enabled,
    publicly_accessible: settings.publicly_accessible,
    subnet_id: settings.subnet_ids?.[0],
    private_dns_zone_id: settings.private_dns_zone_id,
    kms_key_id: settings.kms_key_id,
    key_identity_id: settings.key_identity_id
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  );
}

function defaults({ settings, target }: AzureWorld): Readonly<Record<string, FieldValue>> {
  return {
    location: target.region,
    instance_class: DEFAULTS.sku,
    engine_version: DEFAULTS.major,
    allocated_storage: DEFAULTS.storageGib,
    auto_grow_enabled: true,
    backup_retention_period: FEWEST_DAYS,
    geo_redundant_backup: false,
    multi_az: false,
    maintenance_window: 'sun:04:00-sun:05:00',
    master_username: DEFAULTS.user,
    publicly_accessible: false,
    iam_database_authentication_enabled: settings.iam_database_authentication_enabled ?? false
  };
}

/** Fields that a restored server has from its source. */
const INHERITED = [
  'engine_version',
  'allocated_storage',
  'auto_grow_enabled',
  'geo_redundant_backup',
  'master_username'
] as const;

interface Choice {
  readonly value?: FieldValue | Wanted;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/** Azure knows majors only. The module's own default, 11, becomes the oldest that can be had; other retired ones are refused. */
function versionOf({ spec, settings }: AzureWorld, live: Server | undefined): Choice {
  const asked = settings.engine_version;
  if (asked === undefined) return { problems: [], notices: [] };
  const [major = '', minor] = asked.split('.');
  const input = spec.origins.engine_version ?? 'engine_version';
  const notices: Notice[] =
    minor === undefined
      ? []
      : [note(input, `\`${input}: ${asked}\` means PostgreSQL ${major}: Azure chooses the minor version.`)];
  if (!RETIRED.includes(major)) return { value: major, problems: [], notices };
  if (live?.version === major) return { value: major, problems: [], notices };
  if (input.startsWith('server_version') && major === '11') {
    const message = `Azure makes no server of PostgreSQL 11 any more: a new one gets ${DEFAULTS.major}.`;
    return { value: unmanaged(DEFAULTS.major), problems: [], notices: [note(input, message)] };
  }
  const why = 'is retired: Azure makes no new server of it';
  return { problems: [{ input, value: asked, why, allowed: '14, 15, 16, 17 or 18' }], notices: [] };
}

/** What a new server is restored from. A source that is gone can be revived for some days after it was dropped. */
async function sourceOf(world: AzureWorld): Promise<(Choice & { readonly live?: Server }) | undefined> {
  const { restore_source: source, restore_to_time: time = 'latest' } = world.settings;
  if (source === undefined) return undefined;
  const name = serverName(source.split('/').at(-1) ?? source);
  const id = source.startsWith('/') ? source : idOfServer(world.groupId, name);
  const isElsewhere = source.startsWith('/') && !source.toLowerCase().startsWith(`${world.groupId.toLowerCase()}/`);
  const live = isElsewhere ? undefined : await readServer(world, name);
  const moment = time === 'latest' ? world.context.clock.now().toISOString() : time;
  const mode = isElsewhere || live !== undefined ? 'PointInTimeRestore' : 'ReviveDropped';
  return {
    value: { server: id, time: moment, mode },
    problems: [],
    notices: [],
    ...(live === undefined ? {} : { live })
  };
}

/** Azure makes no password by itself. */
function passwordMissing({ settings }: AzureWorld): readonly Problem[] {
  if (settings.master_password === true || settings.restore_source !== undefined) return [];
  return [{ input: 'master_password', why: 'is missing: Azure makes none for a new server' }];
}

function liveNotices({ settings }: AzureWorld, live: Server | undefined): readonly Notice[] {
  if (settings.publicly_accessible === undefined && live?.network?.publicNetworkAccess === 'Enabled') {
    const message = 'The server has a public address, and no input says that it should.';
    return [{ code: 'less-safe', severity: 'warning', input: 'publicly_accessible', message }];
  }
  return [];
}

function majorOf(version: FieldValue | Wanted): number {
  const value = typeof version === 'object' && version !== null && 'managed' in version ? version.value : version;
  return Number.parseInt(typeof value === 'string' ? value : DEFAULTS.major, 10);
}

/** A lock that is not ours: nothing of ours takes it away. */
function lockNotices({ names }: AzureWorld, observed: readonly Observed[]): readonly Notice[] {
  const isLocked = observed.some(one => one.address === SERVER && one.isProtected === true);
  if (!isLocked || observed.some(one => one.address === LOCK)) return [];
  const message = `A lock that is not this action's bears on ${names.server}: nothing in it can be deleted, nor it itself.`;
  return [{ code: 'locked', severity: 'info', message }];
}

function note(input: string, message: string): Notice {
  return { code: 'value-mapped', severity: 'info', input, message };
}
