import { textOf, type Value } from '../../../../engine/value.ts';
import { readDiskType } from '../../api/disk-types.ts';
import type { InstanceSettings } from '../../api/types.ts';
import { numberOf } from './convert.ts';
import { gib, settings, type InstanceFields } from './field.ts';

/** The value for a disk that grows without a limit. */
const UNLIMITED = 'unlimited';

/** The disk of an instance. */
export const STORAGE_FIELDS = {
  allocated_storage: {
    api: 'settings.dataDiskSizeGb',
    input: 'allocated_storage',
    impact: 'online',
    constraint: 'grow-only',
    hint: 'Set the live size or a larger one: the disk of an instance never shrinks in place.',
    // It may have grown by itself, also before growth was switched off.
    satisfied: (live, wanted) => Number(live) >= Number(wanted),
    show: gib,
    onReplicas: true,
    asked: ({ allocated_storage: size }) => size,
    read: live => numberOf(live.settings?.dataDiskSizeGb),
    write: value => settings({ dataDiskSizeGb: textOf(value) })
  },
  max_allocated_storage: {
    api: 'settings.storageAutoResizeLimit',
    input: 'max_allocated_storage',
    impact: 'online',
    show: gib,
    onReplicas: true,
    asked: ({ max_allocated_storage: limit }) => limit,
    read: ({ settings: live }) => limitOf(live),
    write: value =>
      settings(
        value === 0
          ? { storageAutoResize: false }
          : { storageAutoResize: true, storageAutoResizeLimit: value === UNLIMITED ? '0' : textOf(value) }
      )
  },
  storage_type: {
    api: 'settings.dataDiskType',
    input: 'storage_type',
    impact: 'restart',
    onReplicas: true,
    asked: ({ storage_type: type }) => (type === undefined ? undefined : readDiskType(type)),
    read: live => live.settings?.dataDiskType,
    write: value => settings({ dataDiskType: value })
  },
  storage_iops: {
    api: 'settings.dataDiskProvisionedIops',
    input: 'storage_iops',
    impact: 'online',
    onReplicas: true,
    read: live => numberOf(live.settings?.dataDiskProvisionedIops),
    write: value => settings({ dataDiskProvisionedIops: textOf(value) })
  },
  storage_throughput: {
    api: 'settings.dataDiskProvisionedThroughput',
    input: 'storage_throughput',
    impact: 'online',
    show: value => `${textOf(value)} MiB/s`,
    onReplicas: true,
    read: live => numberOf(live.settings?.dataDiskProvisionedThroughput),
    write: value => settings({ dataDiskProvisionedThroughput: textOf(value) })
  }
} as const satisfies InstanceFields;

/** GiB up to which the disk grows by itself; 0 when it does not grow. */
function limitOf(live: InstanceSettings | undefined): Value {
  if (live?.storageAutoResize === false) return 0;
  const limit = numberOf(live?.storageAutoResizeLimit) ?? 0;
  return limit === 0 ? UNLIMITED : limit;
}
