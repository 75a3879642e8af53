import type { Problem } from '../../../spec/problem.ts';
import type { Spec } from '../../../spec/spec.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import type { Validation } from '../../provider.ts';
import { serverName } from '../api/names.ts';
import { isReserved, MOST_KEY_CHARACTERS, MOST_TAGS, MOST_VALUE_CHARACTERS } from '../api/tags.ts';
import { gathered, nothing, refused, remarked } from './findings.ts';
import { readSku } from '../api/sku.ts';
import { validateSupporting } from './validate-supporting.ts';
import { validateNetwork } from './validate-network.ts';
import { validateStorage } from './validate-storage.ts';

/** Logins that Azure keeps for itself. */
const RESERVED = ['azure_superuser', 'azure_pg_admin', 'admin', 'administrator', 'root', 'guest', 'public'];

/** Azure's own limits, as far as the inputs alone show them. Nothing is contacted. */
export function validate(spec: Spec): Validation {
  const { problems, notices } = gathered([
    name(spec),
    size(spec),
    standby(spec),
    validateStorage(spec),
    login(spec),
    validateNetwork(spec),
    encryption(spec),
    tags(spec),
    validateSupporting(spec)
  ]);
  return { problems: withOriginalNames(spec, problems), notices: withOriginalNames(spec, notices) };
}

function name({ name: given }: Spec): Validation {
  if (/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(serverName(given))) return nothing;
  const allowed = '3–63 letters, digits and hyphens, not ending with one';
  return { problems: [{ input: 'name', value: given, why: 'is no name of a server on Azure', allowed }], notices: [] };
}

function size(spec: Spec): Validation {
  const given = spec.settings.instance_class;
  if (given === undefined) return nothing;
  const sku = readSku(given);
  if (sku === undefined) {
    return refused(spec, 'instance_class', 'is no size of Azure', 'such as `B_Standard_B1ms` or `GP_Standard_D2ds_v5`');
  }
  if (sku.mappedFrom === undefined) return nothing;
  return remarked('instance_class', 'value-mapped', `\`${sku.mappedFrom}\` becomes ${sku.name} on Azure.`);
}

/** Without a size, the live server's counts: Azure is asked when it comes to that. */
function standby(spec: Spec): Validation {
  const {
    multi_az: isAsked,
    instance_class: given,
    standby_availability_zone: zone,
    availability_zone: own
  } = spec.settings;
  const tier = given === undefined ? undefined : readSku(given)?.tier;
  return gathered([
    isAsked === true && tier === 'Burstable'
      ? refused(spec, 'multi_az', 'is not available for a burstable size', 'a size that begins with `GP_` or `MO_`')
      : nothing,
    isAsked === true && zone !== undefined && zone === own
      ? refused(spec, 'standby_availability_zone', "is the server's own zone", 'another one')
      : nothing,
    zone !== undefined && isAsked !== true
      ? remarked('standby_availability_zone', 'value-ignored', 'There is no standby without `multi_az: true`.')
      : nothing
  ]);
}

function login(spec: Spec): Validation {
  const user = spec.settings.master_username;
  if (user === undefined || !(RESERVED.includes(user.toLowerCase()) || /^pg_/i.test(user))) return nothing;
  return refused(spec, 'master_username', 'is kept by Azure for itself', 'another name, such as `pgadmin`');
}

function encryption(spec: Spec): Validation {
  const {
    storage_encrypted: isOn,
    kms_key_id: key,
    key_identity_id: identity,
    geo_redundant_backup: geo
  } = spec.settings;
  const second =
    'Backups in a second region are encrypted there, for which Azure wants a key in that region: no input names one.';
  return gathered([
    isOn === false ? refused(spec, 'storage_encrypted', "can't be: Azure always encrypts") : nothing,
    key !== undefined && identity === undefined
      ? refused(spec, 'kms_key_id', 'needs `key_identity_id`, the identity that may use the key')
      : nothing,
    key === undefined && identity !== undefined
      ? remarked('key_identity_id', 'value-ignored', 'An identity for the key has no effect without `kms_key_id`.')
      : nothing,
    key !== undefined && geo === true ? remarked('kms_key_id', 'second-key', second) : nothing
  ]);
}

function tags(spec: Spec): Validation {
  const given = Object.entries(spec.settings.tags ?? {});
  const allowed = 'keys without `< > % & \\ ? /`, to 512 characters; values to 256';
  return gathered([
    given.length > MOST_TAGS ? refused(spec, 'tags', 'are too many', `at most ${MOST_TAGS}`) : nothing,
    ...given.map(([key, value]) => {
      if (isReserved(key)) {
        return refused(spec, 'tags', 'holds a key that Azure or this action keeps for itself', undefined, key);
      }
      const isWrong =
        /[<>%&\\?/]/.test(key) || key.length > MOST_KEY_CHARACTERS || value.length > MOST_VALUE_CHARACTERS;
      return isWrong ? refused(spec, 'tags', 'holds what Azure does not allow in tags', allowed, key) : nothing;
    })
  ]);
}

/** What Azure would refuse of a password. The password itself is never repeated. */
export function passwordProblem(password: string | undefined): readonly Problem[] {
  if (password === undefined) return [];
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(one => one.test(password)).length;
  if (password.length >= 8 && password.length <= 128 && classes >= 3) return [];
  const allowed = '8–128 characters of three of: small letters, capitals, digits, others';
  return [{ input: 'master_password', why: 'is not what Azure takes', allowed }];
}
