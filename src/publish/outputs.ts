import { defined } from '../engine/defined.ts';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandName } from '../spec/catalogue.ts';
import type { ActionError } from '../errors.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { needsOf, type Plan } from '../engine/plan.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import type { DatabaseOutputs, ModuleOutputs } from '../providers/provider.ts';
import type { OperationReport } from '../report/operation-markdown.ts';
import type { RestoreReport } from '../report/restore-markdown.ts';
import type { SweepReport } from '../report/sweep-markdown.ts';
import { asyncpgUrl, escaped, jdbcUrl, libpqVariables, passwordLines, type Place } from './client-settings.ts';
import type { Runtime } from '../runner/runtime.ts';
import { cleanData } from './clean-result.ts';
import { severityOf } from '../schema-diff/change.ts';
import type { Result } from './result.ts';
import type { BackupAge, ImportResult, SchemaResult } from './run-result.ts';

export type { Result } from './result.ts';

/** Every output that a run can have for the steps after it. */
export interface Outputs {
  readonly command: CommandName;
  readonly result: Result;
  readonly error?: ActionError;
  readonly database?: DatabaseOutputs;
  readonly plan?: Plan;
  readonly planJson?: string;
  readonly planMarkdown?: string;
  readonly unsupported?: readonly string[];
  readonly snapshot?: string;
  readonly backup?: BackupAge;
  readonly monthlyCost?: string;
  readonly sweep?: SweepReport;
  readonly operation?: OperationReport;
  readonly restore?: RestoreReport;
  readonly schema?: SchemaResult;
  /** Path of the configuration file that an import wrote. */
  readonly importConfig?: string;
  readonly imported?: ImportResult;
  /** Path of the statements. */
  readonly schemaDiff?: string;
}

/** The outputs of action.yml, in its order. A test holds the two together. */
export const OUTPUT_NAMES = [
  'host',
  'port',
  'database',
  'username',
  'password',
  'database_url',
  'pool_url',
  'jdbc_url',
  'asyncpg_url',
  'private_host',
  'ca_certificate_path',
  'ca_certificate',
  'sslmode',
  'command',
  'result',
  'failure_reason',
  'has_changes',
  'to_create',
  'to_update',
  'to_delete',
  'blocked',
  'unknown',
  'unknown_needs',
  'plan_digest',
  'plan_json',
  'plan_markdown',
  'comment_url',
  'reboot_required',
  'unsupported',
  'expires_at',
  'monthly_cost',
  'snapshot_id',
  'latest_restorable_time',
  'backup_age_seconds',
  'restore_seconds',
  'stopped',
  'operation_seconds',
  'schema_changes',
  'schema_dangers',
  'schema_diff',
  'import_config',
  'import_pull_request_url',
  'unmanaged',
  'db_instance_id',
  'db_instance_arn',
  'db_instance_endpoint',
  'db_instance_port',
  'db_instance_name',
  'db_instance_username',
  'db_instance_resource_id',
  'read_replica_endpoints',
  'read_replica_ids',
  'read_replica_arns',
  'db_security_group_id',
  'db_security_group_arn',
  'db_subnet_group_id',
  'db_subnet_group_arn',
  'db_parameter_group_id',
  'db_parameter_group_arn',
  'performance_insights_enabled',
  'performance_insights_kms_key_id',
  'enhanced_monitoring_arn',
  'enhanced_monitoring_log_stream_arn',
  'proxy_endpoint',
  'instance_psc_attachment',
  'dns_name'
] as const;

export type OutputName = (typeof OUTPUT_NAMES)[number];

/** Outputs that hold the password. */
const IS_SECRET: readonly OutputName[] = ['password', 'database_url', 'pool_url', 'jdbc_url', 'asyncpg_url'];

/**
 * Paths that this run has made, of names without a secret: a password such as `pgkeep` or `runner` in one would leave a
 * path that leads nowhere.
 */
const IS_PATH: readonly OutputName[] = [
  'ca_certificate_path',
  'plan_json',
  'plan_markdown',
  'schema_diff',
  'import_config'
];

type Values = { readonly [K in OutputName]?: string | number | boolean | readonly string[] };

/**
 * Masks secrets, then sets every output that has a value. Host, port, names and ids are never masked: a masked output
 * would arrive empty in the next job.
 */
export function setOutputs(runtime: Runtime, outputs: Outputs): void {
  const { database, plan } = outputs;
  if (database?.endpoint.password !== undefined) runtime.mask(database.endpoint.password);

  const values: Values = defined({
    ...(database && endpointValues(runtime, database)),
    ...(database && moduleValues(database.module)),
    command: outputs.command,
    result: outputs.result,
    failure_reason: outputs.error?.code,
    ...(plan === undefined
      ? {}
      : {
          has_changes: plan.verdict !== 'no-changes',
          to_create: plan.counts.create,
          to_update: plan.counts.update + plan.counts.adopt,
          to_delete: plan.counts.delete,
          blocked: plan.counts.blocked,
          unknown: plan.counts.unknown,
          ...(plan.counts.unknown === 0 ? {} : { unknown_needs: needsOf(plan) }),
          plan_digest: plan.digest
        }),
    ...(outputs.sweep && sweepValues(outputs.sweep)),
    ...(outputs.operation && operationValues(outputs.operation)),
    restore_seconds: outputs.restore?.seconds,
    stopped: database && database.isStopped === true,
    plan_json: outputs.planJson,
    plan_markdown: outputs.planMarkdown,
    reboot_required: database?.rebootRequired,
    expires_at: database?.expiresAt,
    unsupported: outputs.unsupported,
    monthly_cost: outputs.monthlyCost,
    snapshot_id: outputs.snapshot,
    ...(outputs.backup?.kind === 'found'
      ? { latest_restorable_time: outputs.backup.at, backup_age_seconds: outputs.backup.seconds }
      : {}),
    ...(outputs.schema === undefined ? {} : schemaValues(outputs.schema)),
    schema_diff: outputs.schemaDiff,
    import_config: outputs.importConfig,
    unmanaged: outputs.imported && JSON.stringify(outputs.imported.report.unmanaged)
  });
  for (const name of OUTPUT_NAMES) {
    const value = values[name];
    if (value === undefined) continue;
    const isWhole = IS_SECRET.includes(name) || IS_PATH.includes(name);
    const shown = isWhole ? value : cleanData(value, runtime.secrecy);
    runtime.setOutput(name, typeof shown === 'object' ? JSON.stringify(shown) : String(shown));
  }
}

/**
 * Sets `DATABASE_URL` and libpq's variables for the later steps of the job, as `export_env` asks. The password is
 * masked by then. `PGPASSFILE` names a file with the logins of all databases that the job has exported so far. The
 * directory of `psql` and `pg_dump` of the server's major goes first on the PATH, where there is one.
 */
export function exportEndpoint(runtime: Runtime, database: DatabaseOutputs): void {
  const { endpoint, programs, programsRemark } = database;
  const certificate = endpoint.caCertificate === undefined ? undefined : writeCertificate(runtime, endpoint);
  const variables = defined({
    ...libpqVariables(endpoint, certificate),
    PGPASSFILE: writePasswords(runtime, passwordLines(endpoint, placesOf(database))),
    DATABASE_URL: databaseUrl(endpoint, certificate)
  });
  for (const [name, value] of Object.entries(variables)) runtime.exportVariable(name, value);
  // A variable can't be taken back, and libpq takes an empty one for none.
  for (const name of exportedBefore(runtime)) if (!(name in variables)) runtime.exportVariable(name, '');
  if (programs !== undefined) runtime.addPath(programs);
  if (programsRemark !== undefined) runtime.log.notice(programsRemark);
}

/** What an earlier step of the job has exported of another database. Variables of the workflow itself stay. */
function exportedBefore({ env, paths }: Runtime): readonly string[] {
  const { PGPASSWORD: password = '', PGSSLROOTCERT: certificate = '' } = env;
  const isKept =
    password !== '' && passwordsIn(passwordFile(paths)).some(line => line.endsWith(`:${escaped(password)}`));
  return [
    ...(isKept ? ['PGPASSWORD'] : []),
    ...(certificate !== '' && path.dirname(certificate) === certificateFolder(paths) ? ['PGSSLROOTCERT'] : [])
  ];
}

function passwordFile({ temp }: Runtime['paths']): string {
  return path.join(temp, 'pgkeep', 'pgpass');
}

function passwordsIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}

function certificateFolder({ temp }: Runtime['paths']): string {
  return path.join(temp, 'pgkeep', 'certificates');
}

/** Every address that takes the login. */
function placesOf({ endpoint, pool, privateHost, module }: DatabaseOutputs): readonly Place[] {
  const replicas = (module.read_replica_endpoints ?? []).flatMap(one => {
    const [, host, port] = /^(.+):(\d+)$/.exec(one) ?? [];
    return host === undefined ? [] : [{ host, port: Number(port) }];
  });
  const within = privateHost === undefined ? [] : [{ host: privateHost, port: endpoint.port }];
  return [endpoint, ...(pool === undefined ? [] : [pool]), ...within, ...replicas];
}

/** Adds lines to the password file of the job, instead of older ones for the same login. Only the user reads it. */
function writePasswords(runtime: Runtime, lines: readonly string[]): string | undefined {
  if (lines.length === 0) return undefined;
  const file = passwordFile(runtime.paths);
  makeDirectory(path.dirname(file));
  const loginOf = (line: string): string => line.replace(/:(?:[^:\\]|\\.)*$/, '');
  const logins = new Set(lines.map(loginOf));
  const text = [...passwordsIn(file).filter(line => line !== '' && !logins.has(loginOf(line))), ...lines].join('\n');
  rmSync(file, { force: true });
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}

/** Set last, since the comment is written last. */
export function setCommentUrl(runtime: Runtime, url: string): void {
  runtime.setOutput('comment_url' satisfies OutputName, runtime.secrecy.clean(url));
}

/** After the comment's: the pull request with the files of an import. */
export function setImportPull(runtime: Runtime, url: string): void {
  runtime.setOutput('import_pull_request_url' satisfies OutputName, runtime.secrecy.clean(url));
}

/** `postgresql://user:password@host:port/database?sslmode=…`, every part URL-encoded. */
export function databaseUrl(endpoint: Endpoint, caCertificatePath: string | undefined): string {
  const login = [endpoint.username, ...(endpoint.password === undefined ? [] : [endpoint.password])]
    .map(encodeURIComponent)
    .join(':');
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const query = new URLSearchParams(defined({ sslmode: endpoint.sslmode, sslrootcert: caCertificatePath }));
  return `postgresql://${login}@${host}:${endpoint.port}/${encodeURIComponent(endpoint.database)}?${query.toString()}`;
}

/** A sweep has more than one plan; its outputs count the databases that it removed, or would. */
function sweepValues({ items }: SweepReport): Values {
  const count = items.filter(({ outcome }) => outcome === 'removed' || outcome === 'removable').length;
  return { has_changes: count > 0, to_create: 0, to_update: 0, to_delete: count };
}

/** Seconds from the first call until the goal was seen, of all steps together. */
function operationValues({ plan, results }: OperationReport): Values {
  const seconds = results?.reduce((sum, one) => sum + one.seconds, 0);
  return defined({
    has_changes: plan.verdict === 'changes',
    plan_digest: plan.digest,
    blocked: plan.verdict === 'blocked' ? 1 : 0,
    operation_seconds: seconds === undefined ? undefined : Math.round(seconds)
  });
}

function schemaValues({ diff: { changes } }: SchemaResult): Values {
  return {
    schema_changes: changes.length,
    schema_dangers: changes.filter(change => severityOf(change) === 'danger').length
  };
}

function endpointValues(runtime: Runtime, { endpoint: given, pool, privateHost }: DatabaseOutputs): Values {
  const { password, ...names } = given;
  const endpoint: Endpoint = defined({ ...cleanData(names, runtime.secrecy), password });
  const certificate = endpoint.caCertificate === undefined ? undefined : writeCertificate(runtime, endpoint);
  const url = databaseUrl(endpoint, certificate);
  const poolUrl = pool === undefined ? undefined : databaseUrl({ ...endpoint, ...pool }, certificate);
  const [jdbc, asyncpg] = [jdbcUrl(endpoint, certificate), asyncpgUrl(endpoint)];
  if (endpoint.password !== undefined) {
    for (const one of [url, poolUrl, jdbc, asyncpg]) if (one !== undefined) runtime.mask(one);
  }
  return defined({
    host: endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    username: endpoint.username,
    password: endpoint.password,
    database_url: url,
    pool_url: poolUrl,
    jdbc_url: jdbc,
    asyncpg_url: asyncpg,
    private_host: privateHost,
    ca_certificate_path: certificate,
    ca_certificate: endpoint.caCertificate,
    sslmode: endpoint.sslmode
  });
}

function moduleValues(module: ModuleOutputs): Values {
  return module;
}

function writeCertificate(runtime: Runtime, endpoint: Endpoint): string {
  const folder = certificateFolder(runtime.paths);
  makeDirectory(folder);
  const file = path.join(folder, `${endpoint.host.replace(/[^\w.-]/g, '_')}-${endpoint.port}.pem`);
  writeFileSync(file, endpoint.caCertificate ?? '', { mode: 0o644 });
  return file;
}
