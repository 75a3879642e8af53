import { defined } from '../../../engine/defined.ts';
import { namesAsked } from '../../numbered-replicas.ts';
import type { Notice } from '../../../engine/plan.ts';
import type { DatabaseInput } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import type { Findings } from '../../findings.ts';
import { regionProblems } from '../../regions.ts';
import { REGIONS } from '../api/regions.ts';
import { flagsFrom } from '../api/parameters.ts';
import { isPrivateNetwork, majorIn } from '../resources/server/convert.ts';
import { cleanLabels, LABEL_LIMIT, labelProblems } from '../api/labels.ts';
import { instanceName, LONGEST_NAME } from '../api/names.ts';
import { customInsteadOf, customTierProblem, editionOf, isKnownFamily, readTier } from '../api/tiers.ts';
import { poolProblems } from '../resources/server/pooling.ts';
import { supportingNotices, supportingProblems } from './validate-supporting.ts';
import { validateStorage } from './validate-storage.ts';

const MOST_LABELS = LABEL_LIMIT.most - LABEL_LIMIT.ofMark;
/** Most days of log that the Enterprise edition keeps. */
const MOST_LOG_DAYS = 7;
/** Most authorised networks of an instance. */
const MOST_NETWORKS = 100;

/** Collects problems and notices. */
interface Collector {
  readonly refuse: (input: DatabaseInput, why: string, allowed?: string, value?: string) => void;
  readonly note: (input: DatabaseInput, code: string, message: string) => void;
}

/** The limits of Cloud SQL, as far as the inputs show. Contacts nothing. */
export function validate(spec: Spec): Findings {
  const { settings } = spec;
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const findings: Collector = {
    refuse: (input, why, allowed, value) => {
      const shown = value ?? (typeof settings[input] === 'object' ? undefined : String(settings[input]));
      problems.push(defined({ input, value: shown, why, allowed }));
    },
    note: (input, code, message) => {
      const severity = code === 'value-ignored' ? 'warning' : code === 'public-exposure' ? 'danger' : 'info';
      notices.push({ code, severity, input, message });
    }
  };
  for (const [input, value] of namesAsked(spec)) {
    const name = instanceName(value);
    if (name.length <= LONGEST_NAME && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) continue;
    const allowed = `letters, digits and hyphens, beginning with a letter, not ending with a hyphen, to ${LONGEST_NAME}`;
    problems.push({ input, value, why: 'is not a name for an instance', allowed });
  }
  problems.push(...regionProblems(settings, ['gcp_region', 'replica_region'], REGIONS, given => given.toLowerCase()));
  const tier = validateTier(spec, findings);
  validateVersion(spec, findings);
  validateAvailability(spec, findings, tier);
  validateNetwork(spec, findings);
  validateLabels(spec, findings);
  validateOthers(spec, findings);
  validateWayIn(spec, findings);
  const storage = validateStorage(spec, tier);
  const flags = flagsFrom(settings.parameters ?? {}, settings.engine_version);
  const edition = tier === undefined ? undefined : editionOf(tier);
  return {
    problems: withOriginalNames(spec, [
      ...problems,
      ...storage.problems,
      ...flags.problems,
      ...poolProblems(settings, edition),
      ...supportingProblems(settings)
    ]),
    notices: withOriginalNames(spec, [...notices, ...storage.notices, ...flags.notices, ...supportingNotices(settings)])
  };
}

/** The tier of `instance_class`. */
function validateTier({ settings }: Spec, { refuse, note }: Collector): string | undefined {
  const { instance_class: asked } = settings;
  if (asked === undefined) return undefined;
  const tier = readTier(asked);
  if (tier === undefined) {
    refuse('instance_class', 'is not a tier of Cloud SQL', 'such as `db-custom-2-8192` or `db-perf-optimized-N-2`');
    return undefined;
  }
  const instead = customInsteadOf(tier.name);
  if (instead !== undefined) {
    refuse('instance_class', 'is a tier that Cloud SQL does not have for PostgreSQL', `such as \`${instead}\``);
    return undefined;
  }
  if (!isKnownFamily(tier.name)) {
    const message = `${tier.name} is of a family that this version does not know: Cloud SQL decides whether it is valid.`;
    note('instance_class', 'tier-unknown', message);
  }
  const problem = customTierProblem(tier.name);
  if (problem !== undefined) refuse('instance_class', problem);
  if (tier.mappedFrom !== undefined) {
    note('instance_class', 'value-mapped', `\`${tier.mappedFrom}\` becomes ${tier.name} on Cloud SQL.`);
  }
  return tier.name;
}

function validateVersion({ settings }: Spec, { note }: Collector): void {
  const { engine_version: version } = settings;
  if (version === undefined || majorIn(version) === version) return;
  const message = `\`${version}\` becomes PostgreSQL ${majorIn(version)}: Cloud SQL chooses the minor version.`;
  note('engine_version', 'value-mapped', message);
}

/** Backups, the transaction log, and zones. */
function validateAvailability({ settings }: Spec, { refuse, note }: Collector, tier: string | undefined): void {
  const { enable_backup: backs, backup_retention_period: kept, enable_binary_log_backup: logs } = settings;
  const keepsNone = backs === false || (backs === undefined && kept === 0);
  if (backs === true && kept === 0)
    refuse('backup_retention_period', 'keeps no backups, but `enable_backup` asks for them');
  if (backs === false && kept !== undefined && kept > 0) {
    note('backup_retention_period', 'value-ignored', 'No backups are made, because `enable_backup` is false.');
  }
  if (kept !== undefined && kept > 0) {
    const message = `Cloud SQL counts backups, not days: it makes one a day and keeps the last ${kept}.`;
    note('backup_retention_period', 'value-read', message);
  }
  if (logs === true) {
    const message = '`enable_binary_log_backup` means point-in-time recovery: PostgreSQL has no binary log.';
    note('enable_binary_log_backup', 'value-read', message);
    if (keepsNone) refuse('enable_binary_log_backup', 'needs backups', '`enable_backup: true`');
  }
  const days = settings.transaction_log_retention_days;
  if (days !== undefined && days > MOST_LOG_DAYS && tier !== undefined && editionOf(tier) === 'ENTERPRISE') {
    refuse('transaction_log_retention_days', `is more than the edition Enterprise keeps`, `1 to ${MOST_LOG_DAYS}`);
  }
  if (settings.secondary_zone !== undefined && settings.secondary_zone === settings.availability_zone) {
    refuse('secondary_zone', 'is the same as `availability_zone`', 'another zone of the region');
  }
  const { maintenance_window: window } = settings;
  if (window !== undefined && window.slice(7, 9) !== '00') {
    const message = `Maintenance on Cloud SQL begins at a full hour: ${window.slice(0, 6)}:00.`;
    note('maintenance_window', 'value-rounded', message);
  }
}

/** The way in is the workflow's choice, and the plan says what it means. */
function validateWayIn({ settings }: Spec, { note }: Collector): void {
  if (settings.connect_through !== 'connector') return;
  const message =
    'SQL goes through the Cloud SQL connector: to port 3307 of the instance, with a certificate that this run asks for.';
  note('connect_through', 'way-in', message);
  if (settings.runner_access !== undefined && settings.runner_access !== false) {
    note('runner_access', 'value-ignored', 'The connector needs no authorised network: none is made for this runner.');
  }
}

function validateNetwork({ settings }: Spec, { refuse, note }: Collector): void {
  const networks = settings.allowed_cidr_blocks ?? [];
  if (networks.length > MOST_NETWORKS)
    refuse('allowed_cidr_blocks', 'lists too many networks', `at most ${MOST_NETWORKS}`);
  for (const network of networks) {
    if (network.includes(':')) refuse('allowed_cidr_blocks', 'is not an IPv4 network', undefined, network);
    if (network === '0.0.0.0/0') {
      note(
        'allowed_cidr_blocks',
        'public-exposure',
        '`allowed_cidr_blocks` opens the instance to every address (0.0.0.0/0).'
      );
    }
    if (isPrivateNetwork(network)) {
      const message = `${network} is a private network: Cloud SQL authorises public ones only. Clients in the network of \`vpc_id\` need no entry.`;
      note('allowed_cidr_blocks', 'value-ignored', message);
    }
  }
  if ((settings.subnet_ids ?? []).length > 0) {
    const message =
      'An instance is in a network, not in subnets: `subnet_ids` has no effect. Set `allocated_ip_range` to choose its address range.';
    note('subnet_ids', 'value-ignored', message);
  }
  if (settings.publicly_accessible === false && networks.some(one => !isPrivateNetwork(one))) {
    const message = 'Authorised networks use the public address, which `publicly_accessible: false` removes.';
    note('allowed_cidr_blocks', 'value-ignored', message);
  }
  const isEndpointOff = settings.psc_enabled === false;
  if (isEndpointOff && (settings.psc_allowed_consumer_projects ?? []).length > 0) {
    refuse('psc_allowed_consumer_projects', 'needs Private Service Connect', '`psc_enabled: true`', 'a project');
  }
  if (settings.allocated_ip_range !== undefined && settings.vpc_id === undefined) {
    refuse('allocated_ip_range', 'needs `vpc_id`, the network of the range');
  }
}

function validateLabels({ settings }: Spec, { refuse, note }: Collector): void {
  const { tags } = settings;
  if (tags === undefined) return;
  for (const { key, why } of labelProblems(tags)) refuse('tags', why, undefined, key);
  if (Object.keys(tags).length > MOST_LABELS) refuse('tags', 'lists too many tags', `at most ${MOST_LABELS}`);
  const changed = Object.entries(tags).filter(([key, value]) => cleanLabels({ [key]: value })[key] !== value);
  for (const [key, value] of changed) {
    const [label, text] = Object.entries(cleanLabels({ [key]: value }))[0] ?? ['', ''];
    note('tags', 'value-mapped', `The tag \`${key}: ${value}\` becomes the label ${label}: ${text}.`);
  }
}

function validateOthers({ settings }: Spec, { refuse, note }: Collector): void {
  for (const input of ['storage_encrypted', 'enable_backup_encryption'] as const) {
    if (settings[input] === false) refuse(input, 'is not possible: Cloud SQL always encrypts storage and backups');
  }
  const key = settings.kms_key_id;
  if (key !== undefined && !/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(key)) {
    const allowed = '`projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>`';
    refuse('kms_key_id', 'is not the path of a key', allowed);
  }
  if (settings.enable_logging === false) {
    note('enable_logging', 'value-ignored', 'Cloud SQL always sends logs to Cloud Logging.');
  }
  for (const input of ['performance_insights_retention_period', 'performance_insights_kms_key_id'] as const) {
    if (settings[input] === undefined) continue;
    note(input, 'value-ignored', `\`${input}\` has no effect: Google sets it for query insights.`);
  }
  if (settings.copy_tags_to_snapshot === true) {
    note('copy_tags_to_snapshot', 'value-ignored', 'Backups of Cloud SQL carry no labels.');
  }
}
