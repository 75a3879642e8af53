import { applyPermissions, planPermissions } from '../../src/providers/gcp/permissions.ts';
import { TYPES } from '../../src/providers/gcp/provider.ts';

/** Custom role for a plan: reads only. */
export function gcpPlanRole(): string {
  return role('pgkeep plan', planPermissions(TYPES));
}

/** Custom role for an apply, in addition to the one for a plan. */
export function gcpApplyRole(): string {
  return role('pgkeep apply', applyPermissions(TYPES));
}

function role(title: string, permissions: readonly string[]): string {
  const lines = permissions.map(one => `  - ${one}`).join('\n');
  return `\`\`\`yaml\ntitle: ${title}\nstage: GA\nincludedPermissions:\n${lines}\n\`\`\``;
}
