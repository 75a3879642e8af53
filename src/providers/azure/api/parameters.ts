import { isMajor, MAJORS, type Major } from '../../../postgres/major.ts';
import { normaliseParameter } from '../../../postgres/parameters/normalise.ts';

/** A parameter as Azure spells it, or the reason why Azure would refuse it. */
export type AzureParameter =
  | { readonly ok: true; readonly name: string; readonly value: string; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Its libraries are added to those that Azure loads: a list without Azure's would unload them. */
export const LIBRARIES = 'shared_preload_libraries';

/** The libraries that Azure loads. Its list calls a shorter one the default, without the scheduler of jobs. */
export const LIBRARIES_OF_AZURE = 'pg_cron,pg_stat_statements';

/**
 * Values that Azure itself gives new servers, and lists as overridden by a user; of caches it chooses the size.
 * https://github.com/Azure/azure-cli, the recording `test_postgres_flexible_server_parameter_mgmt.yaml`
 */
const OF_AZURE: Readonly<Record<string, RegExp>> = {
  commit_timestamp_buffers: /^/,
  [LIBRARIES]: new RegExp(`^${LIBRARIES_OF_AZURE}$`),
  subtransaction_buffers: /^/,
  temp_tablespaces: /^temptblspace$/,
  transaction_buffers: /^/
};

/** Whether a value is one that Azure itself gives. */
export function isOfAzure(name: string, value: string): boolean {
  return OF_AZURE[name]?.test(value) === true;
}

const TRUE = /^(?:1|on|true|yes)$/i;
const FALSE = /^(?:0|off|false|no)$/i;

/** Parameters that other inputs set. */
const BY_OTHER_INPUTS: readonly (readonly [prefix: string, input: string])[] = [
  ['pgbouncer.', '`enable_proxy` and `proxy_config`'],
  ['pg_qs.', '`enable_performance_insights`'],
  ['pgms_wait_sampling.', '`enable_performance_insights`']
];

/** Prefixes of parameters that other clouds have. */
const OF_OTHER_CLOUDS: readonly (readonly [prefix: string, cloud: string])[] = [
  ['rds.', 'RDS'],
  ['cloudsql.', 'Cloud SQL'],
  ['alloydb.', 'AlloyDB']
];
/** What does the same on Azure. */
const SAME_ON_AZURE: Readonly<Record<string, string>> = {
  'rds.force_ssl': 'require_secure_transport',
  'rds.logical_replication': 'wal_level: logical',
  'cloudsql.logical_decoding': 'wal_level: logical',
  'rds.allowed_extensions': 'azure.extensions'
};

/** Parameters that Azure keeps of each server. */
const ON_EACH_SERVER = /^(?:azure|pg_stat_statements)\./;

/**
 * Names with a dot that only a live server can tell: Azure lists parameters of a server, and of nothing else.
 * https://learn.microsoft.com/rest/api/postgresql/configurations
 */
export function uncheckedNames(names: readonly string[]): readonly string[] {
  return names.map(azureName).filter(name => name.includes('.') && !ON_EACH_SERVER.test(name));
}

/** Whether another input than `parameters` sets a configuration. */
export function isOfOtherInput(name: string): boolean {
  return BY_OTHER_INPUTS.some(([prefix]) => name.startsWith(prefix));
}

/** The name by which Azure has a parameter. */
export function azureName(given: string): string {
  const lower = given.trim().toLowerCase();
  return lower === 'ssl' ? 'require_secure_transport' : lower;
}

/**
 * A parameter in Azure's form: numbers in PostgreSQL's native unit, `on` and `off`. Azure always offers TLS and refuses
 * `ssl`, which becomes `require_secure_transport`: whether TLS is enforced.
 */
export function azureParameter(name: string, value: string, major: number): AzureParameter {
  const lower = name.trim().toLowerCase();
  const text = value.trim();
  const other = BY_OTHER_INPUTS.find(([prefix]) => lower.startsWith(prefix));
  if (other !== undefined) return { ok: false, problem: `${lower} is set by ${other[1]}.` };
  const cloud = OF_OTHER_CLOUDS.find(([prefix]) => lower.startsWith(prefix))?.[1];
  if (cloud !== undefined) {
    const same = SAME_ON_AZURE[lower];
    return {
      ok: false,
      problem: `${lower} is a parameter of ${cloud}${same === undefined ? '' : `: on Azure it is \`${same}\``}.`
    };
  }
  if (lower === 'ssl' || lower === 'require_secure_transport') {
    const isOn = TRUE.test(text);
    if (!isOn && !FALSE.test(text))
      return { ok: false, problem: `${lower} is on or off, not ${JSON.stringify(text)}.` };
    const set = isOn ? 'on' : 'off';
    const remark = `\`ssl = ${text}\` becomes \`require_secure_transport = ${set}\`: Azure always offers TLS, and this parameter enforces it.`;
    return { ok: true, name: 'require_secure_transport', value: set, remarks: lower === 'ssl' ? [remark] : [] };
  }
  const known: Major = isMajor(major) ? major : (MAJORS.at(-1) ?? 18);
  return normaliseParameter(lower, value, known);
}

/** The loaded libraries and the wanted ones, each once, Azure's first. */
export function joinLibraries(live: string, asked: string): string {
  const split = (text: string): string[] =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '');
  return [...new Set([...split(live), ...split(asked)])].join(',');
}
