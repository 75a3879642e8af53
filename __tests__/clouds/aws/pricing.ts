import type { Pricing } from '@aws-sdk/client-pricing';
import type { Actions, AnyActions } from './actions.ts';
import { AwsFault } from './fault.ts';
import { page } from './pages.ts';
import { classes, memoryGib } from './rds/catalogue.ts';

/** Where the service is; asking it elsewhere leads nowhere. */
const ENDPOINTS: readonly string[] = ['us-east-1', 'eu-central-1', 'ap-south-1', 'cn-northwest-1'];

/** Regions whose prices are known, with the prefix of their usage types. */
const REGIONS: Readonly<Record<string, string>> = { 'us-east-1': '', 'us-west-2': 'USW2-', 'eu-west-1': 'EU-' };

const STORAGE: readonly (readonly [volumeType: string, usage: string, price: number])[] = [
  ['General Purpose', 'GP2-Storage', 0.115],
  ['General Purpose-GP3', 'GP3-Storage', 0.115],
  ['Provisioned IOPS', 'PIOPS-Storage', 0.125],
  ['Provisioned IOPS-IO2', 'PIOPS-Storage-IO2', 0.125],
  ['Magnetic', 'StorageUsage', 0.1]
];

const PERFORMANCE: readonly (readonly [family: string, usage: string, price: number, unit: string])[] = [
  ['Provisioned IOPS', 'PIOPS', 0.1, 'IOPS-Mo'],
  ['Provisioned IOPS', 'IO2-PIOPS', 0.1, 'IOPS-Mo'],
  ['Provisioned IOPS', 'GP3-PIOPS', 0.02, 'IOPS-Mo'],
  ['Provisioned Throughput', 'GP3-Throughput', 0.08, 'MBPS-Mo']
];

const DEPLOYMENTS = [
  { deploymentOption: 'Single-AZ', infix: '', times: 1 },
  { deploymentOption: 'Multi-AZ', infix: 'Multi-AZ-', times: 2 },
  { deploymentOption: 'Multi-AZ (readable standbys)', infix: 'Multi-AZCluster-', times: 3 }
] as const;

type Attributes = Readonly<Record<string, string>>;

/** An hour of a class, Single-AZ: 0.018 for each GiB of memory. */
export const hourly = (instanceClass: string): number => 0.018 * memoryGib(instanceClass);

const actions: Actions<Pricing> = {
  GetProducts: (input, { cloud, region }) => {
    if (!ENDPOINTS.includes(region.name)) throw new AwsFault('UnrecognizedClientException', 'No such endpoint', 400);
    if (input.ServiceCode !== 'AmazonRDS') throw new AwsFault('NotFoundException', 'There is no such service');
    const filters = (input.Filters ?? []).map(({ Field = '', Value = '' }) => [Field, Value] as const);
    const fitting = products().filter(one => filters.every(([field, value]) => one.all[field] === value));
    const { items, next } = page(fitting, Math.min(cloud.pageSize, 2), input.MaxResults, input.NextToken);
    return { FormatVersion: 'aws_v1', PriceList: items.map(one => one.listed), NextToken: next };
  }
};

/** The Price List: products as JSON in texts, two a page. */
export const pricing: AnyActions = actions;

interface Sold {
  readonly all: Attributes;
  readonly listed: string;
}

let known: readonly Sold[] | undefined;

/** All products on sale; computed at the first request. */
function products(): readonly Sold[] {
  known ??= Object.entries(REGIONS).flatMap(([regionCode, prefix]) =>
    DEPLOYMENTS.flatMap(({ deploymentOption, infix, times }) => {
      const where = { regionCode, deploymentOption, locationType: 'AWS Region' };
      const instances = classes().flatMap(instanceType => {
        const usagetype = `${prefix}${infix === '' ? 'InstanceUsage' : 'Multi-AZUsage'}:${instanceType}`;
        const price = hourly(instanceType) * times;
        return ['PostgreSQL', 'MySQL'].flatMap(databaseEngine => {
          const attributes = { ...where, usagetype, instanceType, databaseEngine };
          const outpost = { ...attributes, locationType: 'AWS Outposts' };
          return [
            sold('Database Instance', attributes, price, 'Hrs'),
            sold('Database Instance', outpost, price * 9, 'Hrs')
          ];
        });
      });
      const storage = STORAGE.flatMap(([volumeType, usage, price]) =>
        // The engines that cost something else of their own are SQL Server and Db2.
        [
          ['Any', 1],
          ['SQL Server', 3]
        ].map(([databaseEngine, more]) =>
          sold(
            'Database Storage',
            {
              ...where,
              usagetype: `${prefix}RDS:${infix}${usage}`,
              volumeType,
              databaseEngine: String(databaseEngine)
            },
            price * times * Number(more),
            'GB-Mo'
          )
        )
      );
      const performance = PERFORMANCE.map(([family, usage, price, unit]) =>
        sold(
          family,
          { ...where, usagetype: `${prefix}RDS:${infix}${usage}`, databaseEngine: 'Any' },
          price * times,
          unit
        )
      );
      return [...instances, ...storage, ...performance];
    })
  );
  return known;
}

function sold(productFamily: string, attributes: Attributes, price: number, unit: string): Sold {
  const sku = Buffer.from(JSON.stringify(attributes)).toString('base64url').slice(-16).toUpperCase();
  const term = `${sku}.JRTCKXETXF`;
  const dimension = {
    unit,
    beginRange: '0',
    endRange: 'Inf',
    rateCode: `${term}.6YS6EN2CT7`,
    description: `${price} ${unit}`,
    appliesTo: [],
    pricePerUnit: { USD: price.toFixed(10) }
  };
  const listed = {
    product: { productFamily, attributes: { ...attributes, servicecode: 'AmazonRDS' }, sku },
    serviceCode: 'AmazonRDS',
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: { [dimension.rateCode]: dimension },
          sku,
          effectiveDate: '2026-11-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {}
        }
      }
    },
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z'
  };
  return { all: { ...attributes, productFamily }, listed: JSON.stringify(listed) };
}
