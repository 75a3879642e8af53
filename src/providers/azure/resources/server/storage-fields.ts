import { textOf, type Value } from '../../../../engine/value.ts';
import { isProvisioned, lowestTier, nextSize, readStorageType, storageTypeOf, tierNumber } from '../../api/storage.ts';
import { gib, lower, onOff, type ServerField } from './field.ts';

/**
 * The storage of a server. https://github.com/Azure/azure-rest-api-specs/issues/22867: it goes in a PATCH of its own.
 */
export const STORAGE_FIELDS = {
  allocated_storage: {
    api: 'storage.storageSizeGB',
    input: 'allocated_storage',
    // https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-storage-premium-ssd-v2
    impact: ({ from, to }, { fields }) => {
      const isOffline = isProvisioned(textOf(fields['storage_type'] ?? 'Premium_LRS'));
      // Up to 4096 GiB a disk has a cache, which a larger one, and 4096 itself, lose:
      // https://learn.microsoft.com/azure/postgresql/scale/how-to-scale-storage-size
      return isOffline || (Number(from) <= 4096 && Number(to) >= 4096) ? 'restart' : 'online';
    },
    constraint: 'grow-only',
    // It may have grown by itself, and never shrinks: a notice says so. A replica may be larger than its server.
    satisfied: (live, wanted) => Number(live) >= Number(wanted),
    show: gib,
    read: live => live.storage?.storageSizeGB,
    asked: ({ allocated_storage: size, storage_type: type }, live) =>
      size === undefined ? undefined : nextSize(size, asType(type) ?? storageTypeOf(live)),
    write: value => ({ storage: { storageSizeGB: Number(value) } }),
    alone: 'storage',
    restored: true,
    offered: true
  },
  storage_type: {
    api: 'storage.type',
    input: 'storage_type',
    impact: 'restart',
    constraint: 'create-only',
    normalise: lower,
    read: storageTypeOf,
    asked: ({ storage_type: type }) => asType(type),
    // The oldest type is the default, and some regions know no other.
    write: value => (value === 'Premium_LRS' ? {} : { storage: { type: textOf(value) } }),
    offered: true
  },
  storage_tier: {
    api: 'storage.tier',
    input: 'storage_tier',
    impact: 'online',
    // The tier rises with the size: a lower one is not available for storage that has grown.
    satisfied: (live, wanted, all) => hasRisen(all.fields['allocated_storage'] ?? null, live, wanted),
    read: live => live.storage?.tier,
    asked: ({ storage_tier: tier }) => tier,
    write: value => ({ storage: { tier: textOf(value) } }),
    alone: 'storage',
    restored: true,
    offered: true
  },
  storage_iops: {
    api: 'storage.iops',
    input: 'storage_iops',
    impact: 'online',
    read: live => live.storage?.iops,
    asked: ({ storage_iops: iops, storage_type: type }, live) =>
      isProvisioned(asType(type) ?? storageTypeOf(live)) ? iops : undefined,
    write: value => ({ storage: { iops: Number(value) } }),
    alone: 'storage',
    restored: true,
    offered: true
  },
  storage_throughput: {
    api: 'storage.throughput',
    input: 'storage_throughput',
    impact: 'online',
    show: value => `${textOf(value)} MB/s`,
    read: live => live.storage?.throughput,
    asked: ({ storage_throughput: throughput, storage_type: type }, live) =>
      isProvisioned(asType(type) ?? storageTypeOf(live)) ? throughput : undefined,
    write: value => ({ storage: { throughput: Number(value) } }),
    alone: 'storage',
    restored: true,
    offered: true
  },
  auto_grow_enabled: {
    api: 'storage.autoGrow',
    input: 'auto_grow_enabled',
    impact: 'online',
    read: live => live.storage?.autoGrow === 'Enabled',
    asked: ({ auto_grow_enabled: grows, max_allocated_storage: most }) => grows ?? (most ? true : undefined),
    write: value => ({ storage: { autoGrow: onOff(value) } }),
    alone: 'storage',
    restored: true,
    offered: true
  }
} as const satisfies Readonly<Record<string, ServerField>>;

/** Whether the live tier is the lowest that its size can have, and so above the wanted one. */
function hasRisen(size: Value, live: Value, wanted: Value): boolean {
  return live === lowestTier(Number(size)) && tierNumber(textOf(wanted)) < tierNumber(textOf(live));
}

function asType(given: string | undefined): string | undefined {
  return given === undefined ? undefined : readStorageType(given);
}
