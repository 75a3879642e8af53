import { poolerRefusal } from '../../../src/providers/pooler.ts';

test.each([
  ['orders.postgres.database.azure.com', 6432],
  ['203.0.113.9', 6432],
  ['orders-do-user-1-0.b.db.ondigitalocean.com', 25061],
  ['orders.proxy-abc123def456.eu-west-1.rds.amazonaws.com', 5432],
  ['read.endpoint.proxy-abc123def456.cn-north-1.rds.amazonaws.com.cn', 5432]
])('%s:%i, a pooler, is no way in', (host, port) => {
  expect(poolerRefusal({ host, port })).toMatchObject({
    kind: 'not-reachable',
    why: expect.stringContaining('connection pooler') as string
  });
});

test.each([
  ['orders.postgres.database.azure.com', 5432],
  ['orders-do-user-1-0.b.db.ondigitalocean.com', 25060],
  ['orders.abc123.eu-west-1.rds.amazonaws.com', 6432],
  ['proxy-orders.abc123.eu-west-1.rds.amazonaws.com', 5432]
])('%s:%i, the server itself, is one', (host, port) => {
  expect(poolerRefusal({ host, port })).toBeUndefined();
});
