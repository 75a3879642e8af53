import type { Notice } from '../../engine/plan.ts';
import type { Problem } from '../../spec/problem.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Validation } from '../provider.ts';
import { serverName } from './azure-names.ts';
import { isReserved, MOST_KEY_CHARACTERS, MOST_TAGS, MOST_VALUE_CHARACTERS } from './azure-tags.ts';
import { rangeOf } from './firewall.ts';
import { readSku } from './sku.ts';
import { readStorageType, sizeOnLadder } from './storage.ts';
import { validateBeside } from './validate-beside.ts';

/** Logins that Azure keeps for itself. */
const RESERVED = ['azure_superuser', 'azure_pg_admin', 'admin', 'administrator', 'root', 'guest', 'public'];

/** Azure's own limits, as far as the inputs alone show them. Nothing is contacted. */
export function validate(spec: Spec): Validation {
  const { settings, origins } = spec;
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const refuse = (input: keyof typeof settings, why: string, allowed?: string, value?: string): void => {
    const shown = value ?? (typeof settings[input] === 'object' ? undefined : String(settings[input]));
    problems.push({
      input: origins[input] ?? input,
      ...(shown === undefined ? {} : { value: shown }),
      why,
      ...(allowed === undefined ? {} : { allowed })
    });
  };
  const note = (input: keyof typeof settings, message: string, code = 'value-mapped'): void => {
    notices.push({
      code,
      severity: code === 'value-mapped' ? 'info' : 'warning',
      input: origins[input] ?? input,
      message
    });
  };
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(serverName(spec.name))) {
    problems.push({
      input: 'name',
      value: spec.name,
      why: 'is no name of a server on Azure',
      allowed: '3–63 letters, digits and hyphens, not ending with one'
    });
  }
  const sku = settings.instance_class === undefined ? undefined : readSku(settings.instance_class);
  if (settings.instance_class !== undefined && sku === undefined) {
    refuse('instance_class', 'is no size of Azure', 'such as `B_Standard_B1ms` or `GP_Standard_D2ds_v5`');
  }
  if (sku?.mappedFrom !== undefined) note('instance_class', `\`${sku.mappedFrom}\` becomes ${sku.name} on Azure.`);
  if (
    settings.multi_az === true &&
    (sku?.tier ?? 'Burstable') === 'Burstable' &&
    (sku !== undefined || settings.instance_class === undefined)
  ) {
    refuse('multi_az', 'is not available for a burstable size', 'a size that begins with `GP_` or `MO_`');
  }
  const type = settings.storage_type === undefined ? undefined : readStorageType(settings.storage_type);
  if (settings.storage_type !== undefined && type === undefined) {
    refuse('storage_type', 'is no type of Azure', 'Premium_LRS, PremiumV2_LRS, UltraSSD_LRS');
  } else if (type !== undefined && type.toLowerCase() !== settings.storage_type?.toLowerCase()) {
    note('storage_type', `\`${settings.storage_type ?? ''}\` becomes ${type} on Azure.`);
  }
  for (const input of ['storage_iops', 'storage_throughput'] as const) {
    if (settings[input] === undefined || (type !== undefined && type !== 'Premium_LRS')) continue;
    note(
      input,
      `\`${input}\` has no effect: on Premium_LRS they follow the size and \`storage_tier\`.`,
      'value-ignored'
    );
  }
  if (settings.allocated_storage !== undefined) {
    const size = sizeOnLadder(settings.allocated_storage, type);
    if (size === undefined) refuse('allocated_storage', 'is too large for Azure', 'at most 32767 GiB');
    else if (size !== settings.allocated_storage)
      note('allocated_storage', `${settings.allocated_storage} GiB becomes ${size} GiB, the next size that Azure has.`);
  }
  if ((settings.max_allocated_storage ?? 0) > 0) {
    note(
      'max_allocated_storage',
      "Storage grows by itself on Azure, but not up to a limit of one's own.",
      'value-ignored'
    );
  }
  if (settings.vpc_id !== undefined) {
    note('vpc_id', 'A server on Azure is in the network of its subnet: `vpc_id` has no effect.', 'value-ignored');
  }
  const days = settings.backup_retention_period;
  if (days === 0) {
    note(
      'backup_retention_period',
      'Azure always keeps backups: `0` days become 7, the fewest there are.',
      'value-mapped'
    );
  } else if (days !== undefined && (days < 7 || days > 35))
    refuse('backup_retention_period', 'is no retention of Azure', '7–35 days');
  const user = settings.master_username;
  if (user !== undefined && (RESERVED.includes(user.toLowerCase()) || /^pg_/i.test(user))) {
    refuse('master_username', 'is kept by Azure for itself', 'another name, such as `pgadmin`');
  }
  if (settings.storage_encrypted === false) refuse('storage_encrypted', "can't be: Azure always encrypts");
  if (settings.port !== undefined && settings.port !== 5432) refuse('port', "can't be chosen on Azure", '5432');
  if (settings.subnet_ids !== undefined && settings.subnet_ids.length !== 1) {
    refuse(
      'subnet_ids',
      'must be exactly one on Azure',
      'the id of one subnet delegated to Microsoft.DBforPostgreSQL/flexibleServers'
    );
  }
  if (settings.subnet_ids?.length === 1) {
    if (settings.private_dns_zone_id === undefined)
      refuse('subnet_ids', 'needs `private_dns_zone_id`', undefined, settings.subnet_ids[0]);
    if (settings.publicly_accessible === true) refuse('publicly_accessible', 'excludes `subnet_ids`', 'one of the two');
    if ((settings.allowed_cidr_blocks ?? []).length > 0)
      note(
        'allowed_cidr_blocks',
        'A server in a subnet has no firewall rules: use a network security group.',
        'value-ignored'
      );
  }
  if (settings.kms_key_id !== undefined && settings.key_identity_id === undefined) {
    refuse('kms_key_id', 'needs `key_identity_id`, the identity that may use the key');
  }
  for (const cidr of settings.allowed_cidr_blocks ?? []) {
    if (rangeOf(cidr) === undefined)
      refuse('allowed_cidr_blocks', "holds IPv6, which Azure's rules do not know", 'IPv4 networks', cidr);
    if (cidr === '0.0.0.0/32')
      refuse('allowed_cidr_blocks', 'would let in all of Azure', 'the networks that are meant', cidr);
    if (cidr === '0.0.0.0/0')
      notices.push({
        code: 'public-exposure',
        severity: 'danger',
        input: 'allowed_cidr_blocks',
        message: '`allowed_cidr_blocks` lets everyone in (0.0.0.0/0).'
      });
  }
  const tags = Object.entries(settings.tags ?? {});
  if (tags.length > MOST_TAGS) refuse('tags', 'are too many', `at most ${MOST_TAGS}`);
  for (const [key, value] of tags) {
    if (isReserved(key)) refuse('tags', 'holds a key that Azure or this action keeps for itself', undefined, key);
    else if (/[<>%&\\?/]/.test(key) || key.length > MOST_KEY_CHARACTERS || value.length > MOST_VALUE_CHARACTERS) {
      refuse(
        'tags',
        'holds what Azure does not allow in tags',
        'keys without `< > % & \\ ? /`, to 512 characters; values to 256',
        key
      );
    }
  }
  const beside = validateBeside(spec);
  return { problems: [...problems, ...beside.problems], notices: [...notices, ...beside.notices] };
}

/** What Azure would refuse of a password. The password itself is never repeated. */
export function passwordProblem(password: string | undefined): readonly Problem[] {
  if (password === undefined) return [];
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(one => one.test(password)).length;
  if (password.length >= 8 && password.length <= 128 && classes >= 3) return [];
  return [
    {
      input: 'master_password',
      why: 'is not what Azure takes',
      allowed: '8–128 characters of three of: small letters, capitals, digits, others'
    }
  ];
}
