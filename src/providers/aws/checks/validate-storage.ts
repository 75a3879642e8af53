import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { tenthMore } from '../resources/server/field.ts';

/** gp3 takes IOPS and throughput of one's own from this size on; below it every volume has 3000 IOPS and 125 MiB/s. */
const GP3_THRESHOLD_GIB = 400;

/** Smallest and largest size of each type, in GiB. */
const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  gp2: [20, 65536],
  gp3: [20, 65536],
  io1: [100, 65536],
  io2: [100, 65536],
  standard: [5, 3072]
};

/**
 * What RDS would refuse of size, type, IOPS and throughput together. Limits of a class are asked from RDS when the plan
 * is made.
 */
export function storageProblems(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const { allocated_storage: size, max_allocated_storage: ceiling, storage_iops: iops } = settings;
  const { storage_throughput: throughput } = settings;
  const type = settings.storage_type?.toLowerCase();
  const sizes = type === undefined ? undefined : SIZES[type];
  if (type !== undefined && sizes === undefined) {
    problems.push({
      input: 'storage_type',
      value: type,
      why: 'is not a type of RDS',
      allowed: Object.keys(SIZES).join(', ')
    });
    return problems;
  }
  if (sizes !== undefined && size !== undefined && (size < sizes[0] || size > sizes[1])) {
    problems.push({
      input: 'allocated_storage',
      value: String(size),
      why: `is out of range for ${type}`,
      allowed: `${sizes[0]}–${sizes[1]} GiB`
    });
  }
  if (ceiling !== undefined && ceiling !== 0 && size !== undefined && ceiling < tenthMore(size)) {
    problems.push({
      input: 'max_allocated_storage',
      value: String(ceiling),
      why: `is less than a tenth above \`allocated_storage\` (${size})`,
      allowed: `at least ${tenthMore(size)}, or 0 for no growth`
    });
  }
  if (type === 'gp3') problems.push(...gp3Problems(size, iops, throughput));
  else if (type === 'io1' || type === 'io2') problems.push(...provisionedProblems(type, size, iops));
  else if (type !== undefined || size !== undefined) {
    for (const [input, value] of [['storage_iops', iops] as const, ['storage_throughput', throughput] as const]) {
      if (value === undefined) continue;
      problems.push({
        input,
        value: String(value),
        why: `can't be chosen for ${type ?? 'gp2'}, which is what \`storage_type\` says`,
        allowed: 'set `storage_type: gp3` (with 400 GiB or more)'
      });
    }
  }
  if (throughput !== undefined && (type === 'io1' || type === 'io2')) {
    problems.push({
      input: 'storage_throughput',
      value: String(throughput),
      why: `can't be chosen for ${type}`,
      allowed: 'gp3 only'
    });
  }
  return problems;
}

function gp3Problems(size: number | undefined, iops: number | undefined, throughput: number | undefined): Problem[] {
  const problems: Problem[] = [];
  if (iops === undefined && throughput === undefined) return problems;
  if (size !== undefined && size < GP3_THRESHOLD_GIB) {
    problems.push({
      input: iops === undefined ? 'storage_throughput' : 'storage_iops',
      value: String(iops ?? throughput),
      why: `can't be chosen below ${GP3_THRESHOLD_GIB} GiB, where gp3 always has 3000 IOPS and 125 MiB/s`,
      allowed: `\`allocated_storage: ${GP3_THRESHOLD_GIB}\` or more, or leave it unset`
    });
    return problems;
  }
  if (iops !== undefined && (iops < 12000 || iops > 64000)) {
    problems.push({
      input: 'storage_iops',
      value: String(iops),
      why: 'is out of range for gp3',
      allowed: '12000–64000'
    });
  }
  if (throughput !== undefined && (throughput < 500 || throughput > 4000)) {
    problems.push({
      input: 'storage_throughput',
      value: String(throughput),
      why: 'is out of range for gp3',
      allowed: '500–4000 MiB/s'
    });
  } else if (throughput !== undefined && throughput > (iops ?? 12000) / 4) {
    problems.push({
      input: 'storage_throughput',
      value: String(throughput),
      why: `is too much for ${iops ?? 12000} IOPS`,
      allowed: `at most a quarter of \`storage_iops\`: ${Math.floor((iops ?? 12000) / 4)}`
    });
  }
  return problems;
}

function provisionedProblems(type: string, size: number | undefined, iops: number | undefined): Problem[] {
  if (iops === undefined)
    return [
      { input: 'storage_iops', why: `is missing: ${type} has a number of IOPS that you choose`, allowed: '1000–256000' }
    ];
  if (iops < 1000)
    return [{ input: 'storage_iops', value: String(iops), why: `is too little for ${type}`, allowed: '1000–256000' }];
  const most = type === 'io1' ? 50 : 1000;
  if (size !== undefined && iops > size * most) {
    return [
      {
        input: 'storage_iops',
        value: String(iops),
        why: `is too much for ${size} GiB`,
        allowed: `at most ${most} per GiB: ${size * most}`
      }
    ];
  }
  return [];
}
