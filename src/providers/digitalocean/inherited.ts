import type { InheritanceTable } from '../inheritance.ts';
import { INHERITED } from './desired/replicas.ts';
import { COPIED } from './resources/server/fields.ts';

/** The values that a new resource takes from a live cluster. */
export const inherited: InheritanceTable = {
  replica: { fields: INHERITED },
  'replica-elsewhere': {
    fields: INHERITED.filter(name => name !== 'private_network'),
    note: 'a network holds in one region'
  },
  copy: { fields: COPIED, note: 'the network only in the same region' },
  group: 'DigitalOcean has no groups',
  rule: 'trusted sources are a setting of the cluster',
  alarm: { fields: [], note: 'an alarm that exists keeps addresses that no input names' },
  pooler: { fields: [], note: 'a pool that exists keeps mode, size and user that no input names' }
};
