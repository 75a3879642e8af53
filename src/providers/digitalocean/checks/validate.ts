import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import { clashes, tagOf } from '../api/tags.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { validationNotices } from './notices.ts';
import { connectionsOf, DEFAULT_POOL_SIZE } from '../api/pool-size.ts';
import { doParameter } from '../api/parameters.ts';
import { slugOf } from '../api/sizes.ts';

const MOST_SOURCES = 100;
const MOST_IN_TAG = 255;

/** DigitalOcean's own limits, as far as the inputs alone show them. */
export function validate(spec: Spec): Findings {
  return {
    problems: withOriginalNames(spec, problemsOf(spec)),
    notices: withOriginalNames(spec, validationNotices(spec))
  };
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
  for (const input of ['storage_encrypted', 'enable_backup_encryption'] as const) {
    if (settings[input] !== false) continue;
    problems.push({ input, value: 'false', why: 'is not to be had: storage and backups are always encrypted' });
  }
  problems.push(...nodeProblems(settings), ...poolProblems(settings), ...besideProblems(settings));
  for (const key of clashes(settings.tags ?? {})) {
    problems.push({ input: 'tags', value: key, why: 'is another tag, or one of ours, once it is in lower case' });
  }
  for (const [key, value] of Object.entries(settings.tags ?? {})) {
    if (key !== '' && tagOf(key, value).length <= MOST_IN_TAG) continue;
    const why = key === '' ? 'has no name' : 'is too long for a tag of DigitalOcean';
    problems.push({ input: 'tags', value: key, why, allowed: `${MOST_IN_TAG} characters, name and value together` });
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

function poolProblems({ enable_proxy: isOn, proxy_config: pool, instance_class: size }: Settings): readonly Problem[] {
  const most = connectionsOf(size === undefined ? undefined : slugOf(size));
  if (isOn !== true || most === undefined) return [];
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
  problems.push(...sinkProblems(settings));
  for (const action of settings.alarm_actions ?? []) {
    if (action.includes('@')) continue;
    problems.push({ input: 'alarm_actions', value: action, why: 'is no mail address, and DigitalOcean tells by mail' });
  }
  return problems;
}

function sinkProblems({ enable_logging: isOn, log_sink: sink, log_sink_url: url }: Settings): readonly Problem[] {
  const isSearch = sink?.type === 'elasticsearch' || sink?.type === 'opensearch';
  if (isOn === true && sink === undefined) {
    const why = 'is needed with `enable_logging: true`: DigitalOcean keeps no logs itself';
    const allowed = 'a syslog server, `{server: logs.example.com, port: 6514}`, or a search cluster';
    return [{ input: 'log_sink', why, allowed }];
  }
  if (isSearch && url === undefined) {
    return [
      { input: 'log_sink_url', why: `is needed with \`type: ${sink.type}\``, allowed: 'its address, from a secret' }
    ];
  }
  if (!isSearch && url !== undefined) {
    return [
      { input: 'log_sink_url', why: 'has no effect without a `log_sink` of `type: opensearch` or `elasticsearch`' }
    ];
  }
  return [];
}
