import { defined } from '../../../engine/defined.ts';
import type { Priced } from '../../../engine/cost.ts';
import { textOf } from '../../../engine/value.ts';
import { HOURS_A_MONTH, type PaidItem } from '../../estimate.ts';
import { numberOf } from '../../numbered-replicas.ts';
import { regionOfReplica, SERVER } from '../addresses.ts';
import { remoteReplicaId } from '../api/names.ts';
import type { AwsContext } from '../context.ts';
import type { AwsProduct } from './price-list.ts';

type Item = PaidItem<AwsProduct>;

/**
 * The IOPS that gp3 includes, from this size on; below it no more are available.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
 */
const GP3_BASELINE = { fromGib: 400, iops: 12_000, throughput: 500 } as const;

/** A type of storage as the Price List calls it. */
const VOLUME_TYPES: Readonly<Record<string, string>> = {
  gp2: 'General Purpose',
  gp3: 'General Purpose-GP3',
  io1: 'Provisioned IOPS',
  io2: 'Provisioned IOPS-IO2',
  standard: 'Magnetic'
};

/** `usagetype` of the operations of a type. Regions put a prefix before it, a standby something into it. */
const IOPS_USAGE: Readonly<Record<string, RegExp>> = {
  gp3: /RDS:.*GP3/,
  io1: /RDS:(?!.*(GP3|IO2)).*PIOPS/,
  io2: /RDS:.*IO2/
};

/** Everything about the instances that is paid for by size or by the hour. */
export function itemsOf(context: AwsContext, priced: readonly Priced[]): readonly Item[] {
  const server = priced.find(({ address }) => address === SERVER);
  return priced
    .filter(({ type }) => type === 'server' || type === 'replica')
    .flatMap(one => instanceItems(context, one, server));
}

function instanceItems(context: AwsContext, { address, fields }: Priced, server: Priced | undefined): readonly Item[] {
  const { id, region } = placeOf(context, address);
  const deploymentOption = fields['multi_az'] === true ? 'Multi-AZ' : 'Single-AZ';
  // A new replica is as large as its source.
  const field = (name: string): string => textOf(fields[name] ?? server?.fields[name]);
  const [instanceType, storageType] = [field('instance_class').toLowerCase(), field('storage_type').toLowerCase()];
  const size = Number(field('allocated_storage'));
  const { iops, throughput } = beyondBaseline(storageType, size, {
    iops: Number(field('storage_iops')),
    throughput: Number(field('storage_throughput'))
  });
  const sold = (what: string, family: string, attributes: AwsProduct['attributes'], usage?: RegExp): AwsProduct =>
    defined({
      what: deploymentOption === 'Multi-AZ' ? `${what}, Multi-AZ` : what,
      region,
      family,
      attributes: { ...attributes, deploymentOption },
      usage
    });
  const usage = IOPS_USAGE[storageType];
  const instance = sold(instanceType, 'Database Instance', { instanceType, databaseEngine: 'PostgreSQL' });
  const storage = sold(storageType, 'Database Storage', { volumeType: VOLUME_TYPES[storageType] ?? storageType });
  const operations = sold(`IOPS of ${storageType}`, 'Provisioned IOPS', {}, usage);
  const transfer = sold(`throughput of ${storageType}`, 'Provisioned Throughput', {}, usage);
  return [
    { title: `${id}: ${instance.what}`, quantity: HOURS_A_MONTH, product: instance },
    { title: `${id}: ${size} GiB ${storage.what}`, quantity: size, product: storage },
    ...(iops > 0 ? [{ title: `${id}: ${iops} ${operations.what}`, quantity: iops, product: operations }] : []),
    ...(throughput > 0
      ? [{ title: `${id}: ${throughput} MiB/s ${transfer.what}`, quantity: throughput, product: transfer }]
      : [])
  ];
}

/** `server`, `replica/2`, `replica/eu-west-1` or `replica/reports`: its name, and its place. */
function placeOf({ names, target }: AwsContext, address: string): { readonly id: string; readonly region: string } {
  const { instance } = names;
  if (address === SERVER) return { id: instance, region: target.region };
  const [region, number] = [regionOfReplica(address), numberOf(address)];
  if (region !== undefined) return { id: remoteReplicaId(instance, region), region };
  const id = number === undefined ? address.slice('replica/'.length) : names.replica(number);
  return { id, region: target.region };
}

interface Performance {
  readonly iops: number;
  readonly throughput: number;
}

/**
 * Paid in addition to the size: with io1 and io2 each operation, with gp3 operations above its baseline, with the
 * others none.
 */
function beyondBaseline(storageType: string, size: number, { iops, throughput }: Performance): Performance {
  if (storageType === 'io1' || storageType === 'io2') return { iops, throughput: 0 };
  if (storageType !== 'gp3' || size < GP3_BASELINE.fromGib) return { iops: 0, throughput: 0 };
  return {
    iops: Math.max(0, iops - GP3_BASELINE.iops),
    throughput: Math.max(0, throughput - GP3_BASELINE.throughput)
  };
}
