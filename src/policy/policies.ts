import { defined } from '../engine/defined.ts';
import type { Notice } from '../engine/plan.ts';
import type { CapabilityTable, FeatureName } from '../spec/features.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { Problem } from '../spec/problem.ts';
import type { Spec } from '../spec/spec.ts';

/** Advice for databases that people rely on. A policy warns; its name in `skip_policies` silences it. */
interface Policy {
  /** Not reported for providers that can't do this. */
  readonly feature: FeatureName;
  readonly severity: 'warning' | 'danger';
  readonly input: string;
  /** The sentence with the problem and the better setting; `undefined` when there is no problem. */
  readonly advice: (spec: Spec, today: Date) => string | undefined;
}

/** Environments whose name begins so hold data that people rely on. */
const PRODUCTION = /^prod|^live$/i;
const EVERYWHERE: readonly string[] = ['0.0.0.0/0', '::/0'];

/** End of community support by major. https://www.postgresql.org/support/versioning/ */
const END_OF_LIFE: Readonly<Record<string, string>> = {
  '11': '2023-11-09',
  '12': '2024-11-14',
  '13': '2025-11-13',
  '14': '2026-11-12',
  '15': '2027-11-11',
  '16': '2028-11-09',
  '17': '2029-11-08',
  '18': '2030-11-14'
};

/** Code of the notice about a version that has ended. */
export const END_OF_LIFE_NOTICE = 'policy-end-of-life';

export const POLICIES: Readonly<Record<string, Policy>> = {
  'open-network': {
    feature: 'allowed-networks',
    severity: 'danger',
    input: 'allowed_cidr_blocks',
    advice: ({ settings }) =>
      settings.allowed_cidr_blocks?.some(block => EVERYWHERE.includes(block)) === true
        ? 'Every address of the internet may connect. Name the networks that need to.'
        : undefined
  },
  unencrypted: {
    feature: 'encryption',
    severity: 'danger',
    input: 'storage_encrypted',
    advice: ({ settings }) =>
      settings.storage_encrypted === false
        ? 'The storage is not encrypted, and that can never be changed in place.'
        : undefined
  },
  'no-backups': {
    feature: 'backups',
    severity: 'danger',
    input: 'backup_retention_period',
    advice: ({ settings }) =>
      settings.backup_retention_period === 0 ? 'There are no automated backups: nothing can be restored.' : undefined
  },
  'short-backups': {
    feature: 'backups',
    severity: 'warning',
    input: 'backup_retention_period',
    advice: ({ settings, environment }) => {
      const days = settings.backup_retention_period;
      return PRODUCTION.test(environment) && days !== undefined && days > 0 && days < 7
        ? `Backups are kept for ${days} ${days === 1 ? 'day' : 'days'}; a mistake found a week later can't be undone.`
        : undefined;
    }
  },
  'no-deletion-protection': {
    feature: 'deletion-protection',
    severity: 'warning',
    input: 'enable_deletion_protection',
    advice: ({ settings, environment }) =>
      PRODUCTION.test(environment) && settings.enable_deletion_protection !== true
        ? 'A production database is not protected against deletion.'
        : undefined
  },
  'single-zone': {
    feature: 'high-availability',
    severity: 'warning',
    input: 'multi_az',
    advice: ({ settings, environment }) =>
      PRODUCTION.test(environment) && settings.multi_az !== true
        ? 'A production database without high availability is down while its zone is, and during maintenance.'
        : undefined
  },
  'no-final-snapshot': {
    feature: 'final-snapshot',
    severity: 'warning',
    input: 'skip_final_snapshot',
    advice: ({ settings, environment }) =>
      PRODUCTION.test(environment) && settings.skip_final_snapshot === true
        ? 'A production database would be destroyed without a final snapshot.'
        : undefined
  },
  'end-of-life': {
    feature: 'parameters',
    severity: 'warning',
    input: 'engine_version',
    advice: ({ settings }, today) => {
      const major = settings.engine_version?.split('.')[0] ?? '';
      const end = END_OF_LIFE[major];
      return end !== undefined && today.toISOString().slice(0, 10) > end
        ? `PostgreSQL ${major} gets no fixes since ${end}. Plan the step to a newer major.`
        : undefined;
    }
  }
};

/** The advice of all policies on a spec. Pure. */
export function policyNotices(
  spec: Spec,
  capabilities: CapabilityTable,
  skipped: readonly string[],
  today: Date
): readonly Notice[] {
  return Object.entries(POLICIES).flatMap(([name, policy]) => {
    if (skipped.includes(name) || !capabilities[policy.feature].can) return [];
    const advice = policy.advice(spec, today);
    if (advice === undefined) return [];
    return [{ code: `policy-${name}`, severity: policy.severity, input: policy.input, message: advice }];
  });
}

/** Names in `skip_policies` that are not a policy. */
export function policyProblems(skipped: readonly string[]): readonly Problem[] {
  const names = Object.keys(POLICIES);
  return skipped
    .filter(name => !names.includes(name))
    .map(name => {
      const suggestion = didYouMean(name, names);
      return defined({
        input: 'skip_policies',
        value: name,
        why: 'is not a policy',
        allowed: names.join(', '),
        suggestion
      });
    });
}
