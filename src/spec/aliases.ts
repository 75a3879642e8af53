import { DATABASE_INPUTS, type DatabaseInput, type ProviderName } from './catalogue.ts';
import { choice, integer, text, type Parsed, type Parser, type Raw } from './parse.ts';

/** A name that other tools give to one of our inputs. */
interface Alias<Name extends string = string> {
  readonly name: Name;
  readonly means: DatabaseInput;
  /** The providers that have this name. Absent: all. Elsewhere it has no effect. */
  readonly on?: readonly ProviderName[];
  /** Reads the alias's own form, and converts it to that of its target. */
  readonly parser: Parser<unknown>;
}

function alias<const Name extends string>(
  name: Name,
  means: DatabaseInput,
  on?: readonly ProviderName[],
  parser: Parser<unknown> = DATABASE_INPUTS[means]
): Alias<Name> {
  return { name, means, parser, ...(on === undefined ? {} : { on }) };
}

const googleVersion = converted(
  text({ pattern: /^(POSTGRES_)?\d{1,2}(_\d+|\.\d+)?$/i, allowed: 'such as `POSTGRES_16`' }),
  given => given.replace(/postgres_/i, '').replace('_', '.')
);
const mebibytes = converted(integer(1024, 67108864), mib => Math.ceil(mib / 1024));
const isRegional = converted(choice('REGIONAL', 'ZONAL'), given => given === 'REGIONAL');

const AWS = ['aws'] as const;
const GCP = ['gcp'] as const;
const AZURE = ['azure'] as const;
const DIGITALOCEAN = ['digitalocean'] as const;

/**
 * Aliases of inputs: the names of the Terraform module that the inputs mirror, then those of terraform-aws-rds,
 * terraform-google-sql-db, Azure's verified module and DigitalOcean's provider. A name may mean another input on
 * another provider.
 */
const ROWS = [
  alias('enable_encryption', 'storage_encrypted'),
  alias('performance_insights_enabled', 'enable_performance_insights'),
  alias('database_version', 'engine_version', GCP, googleVersion),
  alias('tier', 'instance_class', GCP),
  alias('instance_type', 'instance_class', GCP),
  alias('disk_size', 'allocated_storage', GCP),
  alias('disk_type', 'storage_type', GCP),
  alias('backup_time', 'backup_window', GCP),
  alias('sku_name', 'instance_class', AZURE),
  alias('server_version', 'engine_version', AZURE),
  alias('storage_mb', 'allocated_storage', AZURE, mebibytes),
  alias('backup_retention_days', 'backup_retention_period', AZURE),
  alias('size', 'instance_class', DIGITALOCEAN),

  alias('db_name', 'database_name'),
  alias('username', 'master_username'),
  alias('password', 'master_password'),
  alias('version', 'engine_version', undefined, googleVersion),
  alias('region', 'aws_region', AWS),
  alias('region', 'gcp_region', GCP),
  alias('region', 'location', AZURE),
  alias('region', 'digitalocean_region', DIGITALOCEAN),

  alias('identifier', 'name', AWS),
  alias('password_wo', 'master_password', AWS),
  alias('password_wo_version', 'master_password_version', AWS),
  alias('iops', 'storage_iops', AWS),
  alias('deletion_protection', 'enable_deletion_protection', AWS),
  alias('family', 'parameter_group_family', AWS),
  alias('ca_cert_identifier', 'ca_certificate_identifier', AWS),
  alias('cloudwatch_log_group_retention_in_days', 'log_retention_days', AWS),

  alias('vpc_security_group_ids', 'security_group_ids', AWS),
  alias('db_subnet_group_name', 'subnet_group_name', AWS),

  alias('project_id', 'gcp_project', GCP),
  alias('zone', 'availability_zone', ['gcp', 'azure']),
  alias('encryption_key_name', 'kms_key_id', GCP),
  alias('user_labels', 'tags', GCP),
  alias('user_name', 'master_username', GCP),
  alias('user_password', 'master_password', GCP),
  alias('root_password', 'master_password', GCP),
  alias('availability_type', 'multi_az', GCP, isRegional),
  alias('database_flags', 'parameters', GCP),
  alias('deletion_protection_enabled', 'enable_deletion_protection', GCP),

  alias('administrator_login', 'master_username', AZURE),
  alias('administrator_password', 'master_password', AZURE),
  alias('administrator_password_wo', 'master_password', AZURE),
  alias('administrator_password_wo_version', 'master_password_version', AZURE),
  alias('delegated_subnet_id', 'subnet_ids', AZURE),
  alias('public_network_access_enabled', 'publicly_accessible', AZURE),
  alias('geo_redundant_backup_enabled', 'geo_redundant_backup', AZURE),

  alias('node_count', 'num_nodes', DIGITALOCEAN),
  alias('private_network_uuid', 'vpc_id', DIGITALOCEAN),
  alias('project_id', 'digitalocean_project', DIGITALOCEAN),
  alias('storage_size_mib', 'allocated_storage', DIGITALOCEAN, mebibytes)
];

export const ALIASES: readonly Alias[] = ROWS;
export type AliasInput = (typeof ROWS)[number]['name'];

/** The aliases of an input, each with the providers that have it. */
export function aliasesOf(input: string): readonly Pick<Alias, 'name' | 'on'>[] {
  return ALIASES.filter(({ means }) => means === input);
}

/** Whether a provider has the name. */
export function isOn({ on }: Pick<Alias, 'on'>, provider: ProviderName): boolean {
  return on?.includes(provider) ?? true;
}

function converted<T, U>(parser: Parser<T>, convert: (value: T) => U): Parser<U> {
  return {
    ...parser,
    parse: (raw: Raw): Parsed<U> => {
      const parsed = parser.parse(raw);
      return parsed.ok ? { ok: true, value: convert(parsed.value) } : parsed;
    }
  };
}
