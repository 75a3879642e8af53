import type { InheritanceTable } from '../inheritance.ts';
import { REGIONAL } from './desired/replicas.ts';
import { SERVER_ENTRIES, type ServerField } from './resources/server/fields.ts';
import type { InstanceField } from './resources/server/field.ts';

const where = (includes: (field: InstanceField) => boolean): readonly ServerField[] =>
  SERVER_ENTRIES.filter(([, field]) => includes(field)).map(([name]) => name);

const LOGS = 'their log groups keep logs for `log_retention_days`, 30 by default, and are deleted with it';

const onReplicas = where(({ onReplica, createsReplica }) => onReplica !== undefined && createsReplica !== false);

/** The values that a new resource takes from a live instance. */
export const inherited: InheritanceTable = {
  replica: { fields: onReplicas, note: LOGS },
  'replica-elsewhere': {
    fields: onReplicas.filter(name => !REGIONAL.includes(name)),
    note: `keys and groups hold in one region; ${LOGS}`
  },
  copy: {
    fields: where(({ onCopy, restore }) => onCopy === true || restore === 'inherited'),
    note: `${LOGS}; a restore check, or a pull request, exports none`
  },
  group: { fields: ['engine_version'], note: 'the family of its parameter group; a security group is in the VPC' },
  rule: { fields: ['port'] },
  alarm: { fields: [], note: 'an alarm that exists keeps actions that no input names' },
  pooler: { fields: ['security_group', 'master_username'], note: 'and the subnets' }
};
