import type { InheritanceTable } from '../inheritance.ts';

/** The values that a new resource takes from a running server. */
export const inherited: InheritanceTable = {
  replica: {
    fields: ['parameters.*'],
    note: "a replica is a base backup: version, encoding and TLS are its own server's"
  },
  'replica-elsewhere': 'a runner has no regions',
  copy: { fields: [], note: 'the data, and with it the major version' },
  group: 'a server of its own has no groups',
  rule: 'a server listens on the loopback interface only',
  alarm: 'a runner has no alarms',
  pooler: 'there is no pooler'
};
