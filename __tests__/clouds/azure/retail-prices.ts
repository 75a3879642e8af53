import type { Json } from './state.ts';

const FLEXIBLE = 'Azure Database for PostgreSQL Flexible Server';

/** An hour, or a GiB and month, of each product in the East of the US. */
const PRICES: readonly (readonly [product: string, sku: string, meter: string, price: number])[] = [
  [`${FLEXIBLE} Burstable BS Series Compute`, 'B1MS', 'B1MS', 0.017],
  [`${FLEXIBLE} Burstable BS Series Compute`, 'B2S', 'B2S vCore', 0.068],
  [`${FLEXIBLE} General Purpose\u00A0Ddsv5\u00A0Series Compute`, '2 vCore', 'vCore', 0.178],
  [`${FLEXIBLE} General Purpose Ddsv5 Series Compute`, '4 vCore', 'vCore', 0.356],
  [`${FLEXIBLE} General Purpose - Dadsv5 Series Compute`, '4 vCore', 'vCore', 0.32],
  [`${FLEXIBLE} Memory Optimized Edsv5 Series Compute`, '4 vCore', 'vCore', 0.47],
  ['Az DB for PGSQL Flexible Server Memory Optimized Edsv5 Series Compute', '2 vCore', 'vCore', 0.24],
  ['Az DB for PostgreSQL Flexible Server Storage', 'Storage', 'Storage Data Stored', 0.115],
  [`${FLEXIBLE} Backup Storage`, 'Backup Storage', 'Backup Storage LRS Data Stored', 0.095],
  ['Azure Database for PostgreSQL Single Server General Purpose - Compute Gen5', '4 vCore', 'vCore', 9]
];

/**
 * The public price list, three items a page, of one service and region.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
export function retailPrices(url: URL): Json {
  const filter = url.searchParams.get('$filter') ?? '';
  const [, region] = /armRegionName eq '([^']+)'/.exec(filter) ?? [];
  const isWanted = /serviceName eq 'Azure Database for PostgreSQL'/.test(filter);
  const dearer = region === 'westeurope' ? 1.2 : 1;
  const all = isWanted && ['eastus', 'westeurope'].includes(region ?? '') ? PRICES : [];
  const from = Number(url.searchParams.get('$skip') ?? 0);
  const shown = all.slice(from, from + 3);
  const next = new URL(url);
  next.searchParams.set('$skip', String(from + 3));
  return {
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: shown.map(([productName, skuName, meterName, price]) => ({
      currencyCode: 'USD',
      tierMinimumUnits: 0,
      retailPrice: price * dearer,
      unitPrice: price * dearer,
      armRegionName: region,
      meterName,
      // Its name since September 2026, which not every region has.
      productName:
        region === 'westeurope' ? productName.replace(/^Az DB(.*)Flexible/, 'Azure Database$1Flex') : productName,
      skuName,
      serviceName: 'Azure Database for PostgreSQL',
      serviceFamily: 'Databases',
      unitOfMeasure: meterName.includes('Stored') ? '1 GB/Month' : '1 Hour',
      type: 'Consumption',
      isPrimaryMeterRegion: true,
      armSkuName: ''
    })),
    NextPageLink: from + 3 < all.length ? next.href : null,
    Count: shown.length
  };
}
