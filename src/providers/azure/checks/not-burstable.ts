import { replicaCount, type Spec } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { readSku } from '../api/sku.ts';

const WHY = 'is not available for a burstable size';
const ALLOWED = 'a size that begins with `GP_` or `MO_`';

/**
 * What Azure refuses for a server of this size: burstable servers have no standby, no pooler and no replicas. `size` is
 * the one that counts: the input's, the live server's, or the default.
 * https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-compute
 */
export function notBurstable(spec: Spec, size: string): Findings {
  if (readSku(size)?.tier !== 'Burstable') return NO_FINDINGS;
  const { multi_az: hasStandby, enable_proxy: hasPooler, replica_region: region } = spec.settings;
  const named = spec.settings.instance_class === undefined ? `${WHY}, ${size}` : WHY;
  const allowed = spec.settings.instance_class === undefined ? `${ALLOWED}, in \`sku_name\`` : ALLOWED;
  return combineFindings([
    hasStandby === true ? problemWith(spec, 'multi_az', named, allowed) : NO_FINDINGS,
    hasPooler === true ? problemWith(spec, 'enable_proxy', named, allowed) : NO_FINDINGS,
    (replicaCount(spec.settings) ?? 0) > 0
      ? problemWith(spec, 'create_read_replica', named, allowed, 'true')
      : NO_FINDINGS,
    region === undefined ? NO_FINDINGS : problemWith(spec, 'replica_region', named, allowed)
  ]);
}
