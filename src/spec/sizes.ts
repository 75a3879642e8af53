/** The resources of a class of AWS. */
export interface Size {
  readonly vcpus: number;
  readonly memoryGib: number;
  /** Its processor time is limited by credits. */
  readonly isBurstable: boolean;
}

/** GiB of memory for each vCPU, by the family's letter. */
const MEMORY_OF_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, t: 4 };
/** Sizes of burstable classes below `large`, all with two vCPUs. */
const SMALL: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4 };

/**
 * The resources of an AWS class such as `db.t3.micro` or `db.r6g.2xlarge`, for clouds that have other names for them,
 * and for warnings. `undefined` for any other text, and for an unknown family.
 */
export function sizeOfClass(name: string): Size | undefined {
  const [, family = '', size = ''] = /^db\.([a-z]\w*)\.(\w+)$/.exec(name.toLowerCase()) ?? [];
  const letter = /^([cmrt])\d/.exec(family)?.[1];
  const each = letter === undefined ? undefined : MEMORY_OF_VCPU[letter];
  if (each === undefined) return undefined;
  const isBurstable = letter === 't';
  const small = isBurstable ? SMALL[size] : undefined;
  if (small !== undefined) return { vcpus: 2, memoryGib: small, isBurstable };
  const vcpus =
    size === 'large' ? 2 : size === 'xlarge' ? 4 : Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? Number.NaN) * 4;
  return Number.isNaN(vcpus) ? undefined : { vcpus, memoryGib: vcpus * each, isBurstable };
}
