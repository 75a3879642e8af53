import type { Notice } from '../engine/plan.ts';
import { askedInputs, FEATURES, type CapabilityTable, type FeatureName } from '../spec/features.ts';
import type { Spec } from '../spec/spec.ts';

/** A notice for every input that asks for a feature this provider does not have. No input is dropped silently. */
export function unsupported(spec: Spec, capabilities: CapabilityTable): readonly Notice[] {
  return (Object.keys(FEATURES) as FeatureName[]).flatMap(feature => {
    const capability = capabilities[feature];
    if (capability.can) return [];
    return askedInputs(feature, spec.settings).map(input => ({
      code: 'unsupported',
      severity: 'warning' as const,
      input: spec.origins[input] ?? input,
      message: `\`${spec.origins[input] ?? input}\` is not available on \`${spec.provider}\`: ${capability.reason}${
        capability.instead === undefined ? '' : ` ${capability.instead}`
      }`
    }));
  });
}
