export type DiskType = 'PD_SSD' | 'PD_HDD' | 'HYPERDISK_BALANCED';

/** Cloud SQL's disk types, and AWS's types by the nearest of them. */
const DISKS: Readonly<Record<string, DiskType>> = {
  pd_ssd: 'PD_SSD',
  pd_hdd: 'PD_HDD',
  hyperdisk_balanced: 'HYPERDISK_BALANCED',
  gp2: 'PD_SSD',
  gp3: 'PD_SSD',
  io1: 'PD_SSD',
  io2: 'PD_SSD',
  standard: 'PD_HDD'
};

/** The disk type that a name means; `undefined` for a name that neither Cloud SQL nor AWS knows. */
export function readDiskType(type: string): DiskType | undefined {
  return DISKS[type.trim().toLowerCase().replaceAll('-', '_')];
}
