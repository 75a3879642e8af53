import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { combineFindings, NO_FINDINGS, problemWith, noticeOn } from '../../findings.ts';
import { isProvisioned, readStorageType, nextSize } from '../api/storage.ts';

/** The reason for refusing more storage than its type has, and what is allowed. */
export const TOO_LARGE = ['is too large for Azure', 'at most 32767 GiB, or 65536 of `PremiumV2_LRS`'] as const;

/** Azure's limits for storage and backups. A notice names the final size once the live server is known. */
export function validateStorage(spec: Spec): Findings {
  return combineFindings([kind(spec), size(spec), growth(spec), backups(spec)]);
}

function kind(spec: Spec): Findings {
  const given = spec.settings.storage_type;
  if (given === undefined) return NO_FINDINGS;
  const known = readStorageType(given);
  if (known === undefined) {
    return problemWith(
      spec,
      'storage_type',
      'is not a storage type of Azure',
      'Premium_LRS, PremiumV2_LRS, UltraSSD_LRS'
    );
  }
  if (known.toLowerCase() === given.toLowerCase()) return NO_FINDINGS;
  return noticeOn('storage_type', 'value-mapped', `\`${given}\` becomes ${known} on Azure.`);
}

function size(spec: Spec): Findings {
  const { allocated_storage: gib, storage_type: given } = spec.settings;
  if (gib === undefined) return NO_FINDINGS;
  // Without a type, the live server's type counts, which is not known yet.
  const known = given === undefined ? undefined : readStorageType(given);
  return known === undefined || nextSize(gib, known) !== undefined
    ? NO_FINDINGS
    : problemWith(spec, 'allocated_storage', ...TOO_LARGE);
}

function growth(spec: Spec): Findings {
  const { max_allocated_storage: ceiling = 0, storage_type: given } = spec.settings;
  const noLimit = '`max_allocated_storage` only switches growth on: Azure has no limit for it.';
  return combineFindings([
    ceiling > 0 ? noticeOn('max_allocated_storage', 'value-ignored', noLimit) : NO_FINDINGS,
    growthOf(spec, given === undefined ? undefined : readStorageType(given))
  ]);
}

/** Not every type of storage grows by itself. */
export function growthOf(spec: Spec, type: string | undefined): Findings {
  const { max_allocated_storage: ceiling = 0, auto_grow_enabled: grows } = spec.settings;
  const isAsked = grows === true || (grows === undefined && ceiling > 0);
  if (!isAsked || type === undefined || !isProvisioned(type)) return NO_FINDINGS;
  const input = grows === true ? 'auto_grow_enabled' : 'max_allocated_storage';
  const why = `is not available with ${type}, which does not grow by itself`;
  return problemWith(spec, input, why, 'another `storage_type`');
}

function backups(spec: Spec): Findings {
  const days = spec.settings.backup_retention_period;
  if (days === 0) {
    const message = '`0` days of backups become 7, the fewest that Azure keeps.';
    return noticeOn('backup_retention_period', 'value-mapped', message);
  }
  if (days === undefined || (days >= 7 && days <= 35)) return NO_FINDINGS;
  return problemWith(spec, 'backup_retention_period', 'is not a retention that Azure offers', '7–35 days');
}
