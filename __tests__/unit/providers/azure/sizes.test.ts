import { rangeOf } from '../../../../src/providers/azure/resources/firewall.ts';
import { compareSizes, readSku } from '../../../../src/providers/azure/api/sku.ts';
import { nextSize } from '../../../../src/providers/azure/api/storage.ts';

test.each([
  ['B_Gen5_1', 'Standard_B1ms', 'Burstable'],
  ['GP_Gen5_4', 'Standard_D4ds_v5', 'GeneralPurpose'],
  ['MO_Standard_E2ds_v5', 'Standard_E2ds_v5', 'MemoryOptimized'],
  ['gp_standard_dc2ads_v5', 'Standard_DC2ads_v5', 'GeneralPurpose'],
  ['db.t3.medium', 'Standard_B2s', 'Burstable'],
  ['db.r5.xlarge', 'Standard_E4ds_v5', 'MemoryOptimized']
])('%s is %s on Azure', (given, name, tier) => {
  expect(readSku(given)).toMatchObject({ name, tier });
});

test('a size of the wrong tier, or of no cloud, is not a size', () => {
  expect([readSku('GP_Standard_B1ms'), readSku('large')]).toEqual([undefined, undefined]);
});

test.each([
  // More vCPUs, then more memory: 4 GiB a vCPU of the D family, 8 of the E family.
  ['Standard_D4ds_v5', 'Standard_E2ds_v5', 2],
  ['Standard_E2ds_v5', 'Standard_D2ds_v5', 8],
  ['Standard_D2ds_v5', 'Standard_B2ms', 0],
  ['Standard_b2s', 'Standard_D2ds_v5', -4],
  ['Standard_DC4ads_v5', 'Standard_DC2ads_v5', 2],
  ['Standard_EC2ads_v5', 'Standard_DC2ads_v5', 8],
  ['Standard_D2ds_v5', 'Standard_M8ms', 0],
  ['Standard_M8ms', 'Standard_D2ds_v5', 0]
])('%s against %s is %i', (one, other, step) => {
  expect(compareSizes(one, other)).toBe(step);
});

test('storage becomes the next size that Azure has', () => {
  expect([5, 32, 33, 5000, 40000].map(size => nextSize(size))).toEqual([32, 32, 64, 8192, undefined]);
});

test('a network becomes its first and last address, and never by accident all of Azure', () => {
  expect(rangeOf('10.0.0.0/16')).toBe('10.0.0.0-10.0.255.255');
  expect(rangeOf('0.0.0.0/0')).toBe('0.0.0.0-255.255.255.255');
  expect(rangeOf('fd00::/8')).toBeUndefined();
});
