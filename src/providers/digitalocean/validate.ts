import type { Notice } from '../../engine/plan.ts';
import type { Problem } from '../../spec/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Validation } from '../provider.ts';
import { clashes, cleanTags } from './digitalocean-tags.ts';
import { DEFAULT_MAJOR } from '../../postgres/major.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { PRESETS, windowFor } from './alert.ts';
import { DEFAULT_POOL_SIZE } from './desire-beside.ts';
import { extraUser } from './digitalocean-names.ts';
import { doParameter } from './parameters.ts';
import { slugOf, slugParts } from './sizes.ts';

const MOST_SOURCES = 100;

/** DigitalOcean's own limits, as far as the inputs alone show them. */
export function validate(spec: Spec): Validation {
  return { problems: problemsOf(spec), notices: mapped(spec) };
}

function problemsOf({ name, settings }: Spec): readonly Problem[] {
  const problems: Problem[] = [];
  const { allowed_cidr_blocks: networks, instance_class: size } = settings;
  if (name.length < 3 || name.length > 63 || name.endsWith('-')) {
    problems.push({ input: 'name', value: name, why: 'is no name of a cluster', allowed: '3–63 characters' });
  }
  if (size !== undefined && slugOf(size) === undefined) {
    problems.push({
      input: 'instance_class',
      value: size,
      why: 'has no equal on DigitalOcean',
      allowed: 'a size such as `db-s-2vcpu-4gb`'
    });
  }
  if (networks?.length === 0 && settings.publicly_accessible !== true) {
    problems.push({
      input: 'allowed_cidr_blocks',
      value: '[]',
      why: 'would open the database to the world: without trusted sources everybody may connect',
      allowed: 'one network at least, or `publicly_accessible: true`'
    });
  }
  const strange = networks?.find(one => one.includes(':'));
  if (strange !== undefined) {
    problems.push({ input: 'allowed_cidr_blocks', value: strange, why: 'is no IPv4 network' });
  }
  if ((networks?.length ?? 0) > MOST_SOURCES) {
    problems.push({ input: 'allowed_cidr_blocks', why: 'are too many', allowed: `at most ${MOST_SOURCES}` });
  }
  if (settings.storage_encrypted === false) {
    problems.push({ input: 'storage_encrypted', value: 'false', why: 'is not to be had: storage is always encrypted' });
  }
  problems.push(...nodeProblems(settings), ...poolProblems(settings), ...besideProblems(settings));
  for (const key of clashes(settings.tags ?? {})) {
    problems.push({ input: 'tags', value: key, why: 'is another tag, or one of ours, once it is in lower case' });
  }
  return problems;
}

function nodeProblems(settings: Settings): readonly Problem[] {
  const { num_nodes: nodes, multi_az: standby, instance_class: size } = settings;
  const problems: Problem[] = [];
  const isSmallest = size !== undefined && slugOf(size) === 'db-s-1vcpu-1gb';
  if (isSmallest && (standby === true || (nodes ?? 1) > 1)) {
    const [input, value] = standby === true ? ['multi_az', 'true'] : ['num_nodes', String(nodes)];
    problems.push({ input, value, why: 'needs a larger size than `db-s-1vcpu-1gb`' });
  }
  if (nodes !== undefined && standby !== undefined && nodes > 1 !== standby) {
    problems.push({ input: 'num_nodes', value: String(nodes), why: `contradicts \`multi_az: ${standby}\`` });
  }
  return problems;
}

/** Pools share 25 connections for each GiB of memory, less three. */
function poolProblems({ enable_proxy: isOn, proxy_config: pool, instance_class: size }: Settings): readonly Problem[] {
  const memory = slugParts(size === undefined ? '' : (slugOf(size) ?? ''))?.memoryGib;
  if (isOn !== true || memory === undefined) return [];
  const most = memory * 25 - 3;
  const asked = pool?.default_pool_size ?? DEFAULT_POOL_SIZE;
  if (asked <= most) return [];
  const why = `asks for a pool of ${asked}, and ${size} has ${most} connections in all`;
  return [{ input: 'proxy_config', why, allowed: `a \`default_pool_size\` of ${most} at most` }];
}

function besideProblems(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = doParameter(name, value, major);
    if (read.kind === 'wrong') problems.push({ input: 'parameters', value: `${name}: ${value}`, why: read.problem });
  }
  if (settings.enable_logging === true && settings.log_sink === undefined) {
    problems.push({
      input: 'log_sink',
      why: 'is needed with `enable_logging: true`: DigitalOcean keeps no logs itself',
      allowed: 'a syslog server, `{server: logs.example.com, port: 6514}`'
    });
  }
  if (settings.restore_to_time !== undefined && settings.restore_source === undefined) {
    problems.push({
      input: 'restore_to_time',
      why: 'needs `restore_source`, the name of the cluster that it is a time of'
    });
  }
  for (const action of settings.alarm_actions ?? []) {
    if (action.includes('@')) continue;
    problems.push({ input: 'alarm_actions', value: action, why: 'is no mail address, and DigitalOcean tells by mail' });
  }
  return problems;
}

function mapped({ settings }: Spec): readonly Notice[] {
  const notices: Notice[] = [];
  const say = (input: string, message: string): void => {
    notices.push({ code: 'value-mapped', severity: 'info', input, message });
  };
  const { instance_class: size, tags = {} } = settings;
  const slug = size === undefined ? undefined : slugOf(size);
  if (size !== undefined && slug !== undefined && slug !== size)
    say('instance_class', `\`${size}\` is \`${slug}\` here`);
  const clean = cleanTags(tags);
  if (Object.entries(tags).some(([key, value]) => clean[key] !== value)) {
    say('tags', 'Tags are kept in lower case, with `-` for what DigitalOcean does not allow in them');
  }
  if (settings.publicly_accessible === true && (settings.allowed_cidr_blocks ?? []).length === 0) {
    notices.push({
      code: 'public-exposure',
      severity: 'danger',
      input: 'publicly_accessible',
      message: 'The database has no trusted sources: everybody on the internet may try to connect'
    });
  }
  return [...notices, ...besideNotices(settings)];
}

/** What becomes of inputs that say something else here, or nothing. */
function besideNotices(settings: Settings): readonly Notice[] {
  const notices: Notice[] = [];
  const note = (code: string, input: string, message: string): void => {
    notices.push({ code, severity: 'info', input, message });
  };
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = doParameter(name, value, major);
    if (read.kind === 'ignored')
      note('value-ignored', 'parameters', `\`${name}\` can't be set on DigitalOcean: ${read.why}.`);
    if (read.kind === 'set' && read.remark !== undefined) note('value-rounded', 'parameters', `${read.remark}.`);
  }
  const { alarms = {}, max_allocated_storage: ceiling, proxy_config: pool } = settings;
  for (const [name, rule] of Object.entries(alarms) as [keyof typeof PRESETS, (typeof alarms)[keyof typeof alarms]][]) {
    const preset = PRESETS[name];
    if (preset === undefined) note('value-ignored', 'alarms', `\`${name}\` is nothing that DigitalOcean watches.`);
    else if (name !== 'cpu') {
      note(
        'value-mapped',
        'alarms',
        `\`${name}\` is watched as ${preset.says}, in percent: above ${rule?.threshold ?? preset.percent} %.`
      );
    }
    if (preset !== undefined && rule?.evaluation_periods !== undefined) {
      note(
        'value-ignored',
        'alarms',
        `DigitalOcean looks at one window, \`${windowFor(rule.period)}\`, and knows no \`evaluation_periods\`.`
      );
    }
  }
  if ((ceiling ?? 0) > 0) {
    note(
      'value-mapped',
      'max_allocated_storage',
      `The storage grows by 10 GiB whenever it is full to 80 %; DigitalOcean knows no upper limit, so that ${ceiling} GiB is none.`
    );
  }
  if (settings.enable_proxy === true && pool?.max_client_conn !== undefined) {
    note(
      'value-ignored',
      'proxy_config',
      '`max_client_conn` has no counterpart: DigitalOcean takes up to 5000 clients.'
    );
  }
  const name = extraUser(settings);
  if (name !== undefined) {
    note(
      'value-mapped',
      'master_username',
      `\`${name}\` is made beside \`doadmin\`, which is always there and owns the databases: grant it what it needs. DigitalOcean makes its password.`
    );
  }
  if (settings.publicly_accessible === true && (settings.allowed_cidr_blocks ?? []).length > 0) {
    note(
      'value-ignored',
      'publicly_accessible',
      'The public host is always there. Only the networks in `allowed_cidr_blocks` may connect; an empty list lets everybody.'
    );
  }
  return notices;
}
