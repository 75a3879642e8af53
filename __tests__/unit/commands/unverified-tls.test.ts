import { withTlsNotice } from '../../../src/commands/unverified-tls.ts';
import type { Endpoint } from '../../../src/providers/endpoint.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { planWith } from '../../security/plan-with.ts';

const told: string[] = [];
const runtime = { log: { warning: (message: string) => told.push(message) } } as unknown as Runtime;

test.each([
  ['disable', []],
  ['require', ['danger unverified-tls']],
  ['verify-ca', []],
  ['verify-full', []]
] as const)('a database reached with sslmode %s brings the notices %j', (sslmode, expected) => {
  told.length = 0;
  const plan = planWith('x');
  const endpoint: Endpoint = { host: 'h', port: 5432, database: 'd', username: 'u', sslmode };
  const { notices } = withTlsNotice({ runtime }, plan, { endpoint, module: {}, rebootRequired: false });
  expect(notices.slice(plan.notices.length).map(({ code, severity }) => `${severity} ${code}`)).toEqual(expected);
  expect(told).toHaveLength(expected.length);
});
