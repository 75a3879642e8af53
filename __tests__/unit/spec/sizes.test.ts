import { sizeOfClass } from '../../../src/spec/sizes.ts';

test.each([
  ['db.t3.micro', { vcpus: 2, memoryGib: 1, isBurstable: true }],
  ['db.t4g.medium', { vcpus: 2, memoryGib: 4, isBurstable: true }],
  ['db.t3.2xlarge', { vcpus: 8, memoryGib: 32, isBurstable: true }],
  ['db.m5.large', { vcpus: 2, memoryGib: 8, isBurstable: false }],
  ['db.R6g.4xlarge', { vcpus: 16, memoryGib: 128, isBurstable: false }],
  ['db.c6gd.12xlarge', { vcpus: 48, memoryGib: 96, isBurstable: false }]
])('knows the resources of %s', (name, size) => {
  expect(sizeOfClass(name)).toEqual(size);
});

test.each(['db.m5.micro', 'db.x2g.large', 'db-f1-micro', 'Standard_B1ms', 'db.t3', 'm5.large', ''])(
  'claims nothing of %j',
  name => {
    expect(sizeOfClass(name)).toBeUndefined();
  }
);
