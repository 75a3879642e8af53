import type { InheritanceTable } from '../inheritance.ts';
import { isReplicaField, REPLICA_KIND, SERVER_KIND } from './resources/server/fields.ts';

// Labels say whose a resource is.
const onReplicas = Object.keys(REPLICA_KIND.fields).filter(name => name !== 'tags.*' && isReplicaField(name, true));
const WITHIN = 'authorized networks are a setting of the instance';

/** The values that a new resource takes from a live instance. */
export const inherited: InheritanceTable = {
  replica: { fields: onReplicas },
  'replica-elsewhere': { fields: onReplicas },
  copy: {
    fields: Object.keys(SERVER_KIND.fields).filter(name => name !== 'tags.*' && name !== 'state'),
    note: 'Cloud SQL copies the whole instance, of a backup all but flags and backup settings, which are sent'
  },
  group: 'Cloud SQL has no groups',
  rule: WITHIN,
  alarm: { fields: [], note: 'an alarm that exists keeps channels that no input names' },
  pooler: 'the pooler is a setting of the instance'
};
