import { isReservedRole, isTemplate } from '../../../postgres/identifier.ts';
import type { Problem } from '../../../spec/problem.ts';
import { namesAsked } from '../../numbered-replicas.ts';
import type { Spec } from '../../../spec/spec.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import type { Findings } from '../../findings.ts';
import { regionProblems } from '../../regions.ts';
import { REGIONS } from '../api/regions.ts';
import { regionOf, serverName } from '../api/names.ts';
import { isReserved, MOST_KEY_CHARACTERS, MOST_TAGS, MOST_VALUE_CHARACTERS } from '../api/tags.ts';
import { combineFindings, NO_FINDINGS, problemWith, noticeOn } from '../../findings.ts';
import { readSku } from '../api/sku.ts';
import { notBurstable } from './not-burstable.ts';
import { validateSupporting } from './validate-supporting.ts';
import { validateNetwork } from './validate-network.ts';
import { validateStorage } from './validate-storage.ts';

/** Logins that Azure reserves. */
const RESERVED = ['azure_superuser', 'azure_pg_admin', 'admin', 'administrator', 'root', 'guest', 'public'];

/** Azure's own limits, as far as the inputs alone show them. Contacts nothing. */
export function validate(spec: Spec): Findings {
  const { problems, notices } = combineFindings([
    name(spec),
    { problems: regionProblems(spec.settings, ['location', 'replica_region'], REGIONS, regionOf), notices: [] },
    size(spec),
    standby(spec),
    notBurstable(spec, spec.settings.instance_class ?? ''),
    validateStorage(spec),
    login(spec),
    database(spec),
    snapshot(spec),
    validateNetwork(spec),
    encryption(spec),
    tags(spec),
    validateSupporting(spec)
  ]);
  return { problems: withOriginalNames(spec, problems), notices: withOriginalNames(spec, notices) };
}

function name(spec: Spec): Findings {
  const why = 'is not a valid name of a server on Azure';
  const allowed = '3–63 letters, digits and hyphens, the last not a hyphen';
  const problems = namesAsked(spec).flatMap(([input, value]) =>
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(serverName(value)) ? [] : [{ input, value, why, allowed }]
  );
  return { problems, notices: [] };
}

function size(spec: Spec): Findings {
  const given = spec.settings.instance_class;
  if (given === undefined) return NO_FINDINGS;
  const sku = readSku(given);
  if (sku === undefined) {
    return problemWith(
      spec,
      'instance_class',
      'is not a size of Azure',
      'such as `B_Standard_B1ms` or `GP_Standard_D2ds_v5`'
    );
  }
  if (sku.mappedFrom === undefined) return NO_FINDINGS;
  return noticeOn('instance_class', 'value-mapped', `\`${sku.mappedFrom}\` becomes ${sku.name} on Azure.`);
}

function standby(spec: Spec): Findings {
  const { multi_az: isAsked, standby_availability_zone: zone, availability_zone: own } = spec.settings;
  return combineFindings([
    isAsked === true && zone !== undefined && zone === own
      ? problemWith(spec, 'standby_availability_zone', "is the server's own zone", 'another zone')
      : NO_FINDINGS,
    zone !== undefined && isAsked !== true
      ? noticeOn(
          'standby_availability_zone',
          'value-ignored',
          '`standby_availability_zone` has no effect without `multi_az: true`.'
        )
      : NO_FINDINGS
  ]);
}

/** A backup on demand is a moment of its server: Azure restores a server as of a moment. */
function snapshot(spec: Spec): Findings {
  if (spec.settings.restore_from_snapshot === undefined) return NO_FINDINGS;
  const allowed = '`restore_source`, the server, with `restore_to_time`, when the backup was completed';
  return problemWith(spec, 'restore_from_snapshot', 'is not possible: Azure restores a server as of a moment', allowed);
}

function login(spec: Spec): Findings {
  const user = spec.settings.master_username;
  if (user === undefined || !(RESERVED.includes(user.toLowerCase()) || isReservedRole(user))) return NO_FINDINGS;
  return problemWith(spec, 'master_username', 'is reserved by Azure', 'another name, such as `pgadmin`');
}

function database(spec: Spec): Findings {
  const { database_name: given } = spec.settings;
  if (given === undefined || !isTemplate(given)) return NO_FINDINGS;
  return problemWith(spec, 'database_name', 'is a template that every server has', 'another name');
}

function encryption(spec: Spec): Findings {
  const {
    storage_encrypted: isOn,
    enable_backup_encryption: areBackups,
    kms_key_id: key,
    key_identity_id: identity
  } = spec.settings;
  return combineFindings([
    isOn === false ? problemWith(spec, 'storage_encrypted', "can't be `false`: Azure always encrypts") : NO_FINDINGS,
    areBackups === false
      ? problemWith(spec, 'enable_backup_encryption', "can't be `false`: Azure always encrypts")
      : NO_FINDINGS,
    key !== undefined && identity === undefined
      ? problemWith(spec, 'kms_key_id', 'needs `key_identity_id`, the identity that may use the key')
      : NO_FINDINGS,
    key === undefined && identity !== undefined
      ? noticeOn('key_identity_id', 'value-ignored', '`key_identity_id` has no effect without `kms_key_id`.')
      : NO_FINDINGS
  ]);
}

function tags(spec: Spec): Findings {
  const given = Object.entries(spec.settings.tags ?? {});
  const allowed = 'keys without `< > % & \\ ? /`, to 512 characters; values to 256';
  return combineFindings([
    given.length > MOST_TAGS ? problemWith(spec, 'tags', 'are too many', `at most ${MOST_TAGS}`) : NO_FINDINGS,
    ...given.map(([key, value]) => {
      if (isReserved(key)) {
        return problemWith(spec, 'tags', 'holds a key that Azure or this action reserves', undefined, key);
      }
      const isWrong =
        /[<>%&\\?/]/.test(key) || key.length > MOST_KEY_CHARACTERS || value.length > MOST_VALUE_CHARACTERS;
      return isWrong
        ? problemWith(spec, 'tags', 'holds a key or value that Azure does not allow', allowed, key)
        : NO_FINDINGS;
    })
  ]);
}

/** The reason why Azure would refuse a password. Never repeats the password. */
export function passwordProblem(password: string | undefined): readonly Problem[] {
  if (password === undefined) return [];
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(one => one.test(password)).length;
  if (password.length >= 8 && password.length <= 128 && classes >= 3) return [];
  const allowed = '8–128 characters from three of: lower case, upper case, digits, others';
  return [{ input: 'master_password', why: 'is not a password that Azure accepts', allowed }];
}
