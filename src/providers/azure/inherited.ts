import type { InheritanceTable } from '../inheritance.ts';
import { INHERITED, REGIONAL } from './resources/replica.ts';
import { SHARED } from './resources/replica-settings.ts';
import { namesWhere } from './resources/server/fields.ts';

const settings = `firewall rules, and ${SHARED.map(name => `\`${name}\``).join(', ')}`;

/** The values that a new resource takes from a live server. */
export const inherited: InheritanceTable = {
  replica: { fields: INHERITED, note: settings },
  'replica-elsewhere': {
    fields: INHERITED.filter(name => name !== 'location' && !REGIONAL.includes(name)),
    note: `${settings}; subnet and key hold in one region`
  },
  copy: {
    fields: namesWhere(({ restored, alone }) => restored === true && alone !== 'standby').filter(
      name => !name.startsWith('master_password')
    ),
    note: 'no standby, parameters or firewall rules: the inputs set them'
  },
  group: 'Azure has no groups',
  rule: { fields: [], note: 'the rules of a replica follow those of its server' },
  alarm: { fields: [], note: 'an alarm that exists keeps actions that no input names' },
  pooler: 'the pooler is a setting of the server'
};
