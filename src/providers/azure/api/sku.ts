import { sizeOfClass } from '../../../spec/sizes.ts';

export type Tier = 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized';

/** A size as Azure's API spells it. */
export interface Sku {
  /** `Standard_D2ds_v5`. */
  readonly name: string;
  readonly tier: Tier;
  /** The given name, where it is another cloud's, or one that Azure no longer sells. */
  readonly mappedFrom?: string;
}

const PREFIXES: Readonly<Record<string, Tier>> = { B: 'Burstable', GP: 'GeneralPurpose', MO: 'MemoryOptimized' };
const LETTERS: Readonly<Record<string, Tier>> = { B: 'Burstable', D: 'GeneralPurpose', E: 'MemoryOptimized' };

/** vCPU counts of the D and E families. */
const VCPUS: readonly number[] = [2, 4, 8, 16, 32, 48, 64, 96];

/** By GiB of memory, smallest first. */
const BURSTABLE: readonly (readonly [number, string])[] = [
  [2, 'Standard_B1ms'],
  [4, 'Standard_B2s'],
  [8, 'Standard_B2ms'],
  [16, 'Standard_B4ms'],
  [32, 'Standard_B8ms'],
  [48, 'Standard_B12ms'],
  [64, 'Standard_B16ms'],
  [80, 'Standard_B20ms']
];

/**
 * A size by any of its names: Azure's (`Standard_D2ds_v5`), Terraform's (`GP_Standard_D2ds_v5`), the retired Single
 * Server's (`B_Gen5_1`), or an AWS class (`db.t3.micro`). `undefined` for any other text.
 */
export function readSku(given: string): Sku | undefined {
  const text = given.trim();
  const [, prefix, own] = /^(?:(B|GP|MO)_)?(Standard_[A-Z][a-z0-9_]*)$/i.exec(text) ?? [];
  if (own !== undefined) {
    const tier = LETTERS[own.slice('Standard_'.length, 'Standard_'.length + 1).toUpperCase()];
    const asked = prefix === undefined ? tier : PREFIXES[prefix.toUpperCase()];
    return tier === undefined || asked !== tier ? undefined : { name: spelled(own), tier };
  }
  const mapped = singleServer(text) ?? awsClass(text);
  return mapped === undefined ? undefined : { ...mapped, mappedFrom: text };
}

/** `Standard_D2ds_v5`, or `Standard_DC2ads_v5` of confidential computing, from any mix of capitals. */
function spelled(name: string): string {
  const [, family = '', rest = ''] = /^standard_([a-z]+)(.*)$/i.exec(name) ?? [];
  return `Standard_${family.toUpperCase()}${rest.toLowerCase()}`;
}

/** Single Server was retired in March 2025. */
function singleServer(text: string): Sku | undefined {
  const [, prefix = '', vcores = ''] = /^(B|GP|MO)_Gen[45]_(\d+)$/i.exec(text) ?? [];
  const count = Number(vcores);
  switch (prefix.toUpperCase()) {
    case 'B':
      return { name: count <= 1 ? 'Standard_B1ms' : 'Standard_B2s', tier: 'Burstable' };
    case 'GP':
      return { name: `Standard_D${fitting(count)}ds_v5`, tier: 'GeneralPurpose' };
    case 'MO':
      return { name: `Standard_E${fitting(count)}ds_v5`, tier: 'MemoryOptimized' };
    default:
      return undefined;
  }
}

function awsClass(text: string): Sku | undefined {
  const size = sizeOfClass(text);
  if (size === undefined) return undefined;
  if (size.isBurstable) {
    const [, name] = BURSTABLE.find(([memory]) => memory >= size.memoryGib) ?? [];
    return name === undefined ? undefined : { name, tier: 'Burstable' };
  }
  if (size.vcpus > 96) return undefined;
  const perCpu = size.memoryGib / size.vcpus;
  return perCpu > 4
    ? { name: `Standard_E${fitting(size.vcpus)}ds_v5`, tier: 'MemoryOptimized' }
    : { name: `Standard_D${fitting(size.vcpus)}ds_v5`, tier: 'GeneralPurpose' };
}

function fitting(count: number): number {
  return VCPUS.find(one => one >= count) ?? 96;
}

/**
 * Whether a size is one of confidential computing. Neither a server nor a copy of it changes between these and others.
 * https://learn.microsoft.com/azure/postgresql/security/security-confidential-computing and
 * https://github.com/hashicorp/terraform-provider-azurerm, `flexible_server_sku_name.go`
 */
export function isConfidential(name: string): boolean {
  return /^Standard_[DE]C/i.test(name);
}

/** GiB of memory of a size that Azure sells; `undefined` for an unknown family. For warnings only. */
function memoryOf(name: string): number | undefined {
  const burstable = BURSTABLE.find(([, one]) => one.toLowerCase() === name.toLowerCase());
  if (burstable !== undefined) return burstable[0];
  const [, letter = '', vcpus = ''] = /^Standard_([DE])C?(\d+)/i.exec(name) ?? [];
  if (letter === '') return undefined;
  return Number(vcpus) * (letter.toUpperCase() === 'D' ? 4 : 8);
}

/** Above zero when the first size has more vCPUs, or as many and more memory; zero where a size is unknown. */
export function compareSizes(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a === undefined || b === undefined) return 0;
  return a.vcpus - b.vcpus || a.memory - b.memory;
}

function partsOf(name: string): { readonly vcpus: number; readonly memory: number } | undefined {
  const vcpus = Number(/^Standard_[BDE]C?(\d+)/i.exec(name)?.[1] ?? Number.NaN);
  return Number.isNaN(vcpus) ? undefined : { vcpus, memory: memoryOf(name) ?? 0 };
}
