import type { OperationTable } from '../../operations.ts';
import type { LocalContext } from '../context.ts';

const OF_THE_JOB = {
  can: false,
  reason: 'its server lives as long as the job, or with `keep_running` until `destroy`',
  instead: 'Run `command: destroy` to end it, and `command: apply` to start it again.'
} as const;

/** What a server on the runner does beyond its fields. */
export const operations: OperationTable<LocalContext> = {
  stop: OF_THE_JOB,
  start: OF_THE_JOB,
  restart: {
    can: false,
    reason: 'an apply restarts it by itself where a parameter needs that',
    instead: 'Change the parameter and run `command: apply`.'
  },
  failover: {
    can: false,
    reason: 'its standbys serve reads only',
    instead: 'Run the application against another server of the job.'
  },
  promote: {
    can: false,
    reason: 'its standbys live and end with the job',
    instead: 'Run the application against another server of the job.'
  },
  switchover: {
    can: false,
    reason: 'its standbys live and end with the job',
    instead: 'Run the application against another server of the job.'
  },
  rotate: {
    can: false,
    reason: 'its password is that of `master_password`, or is made for the job',
    instead: 'Put a new one into `master_password` and run `command: apply`.'
  },
  maintenance: {
    can: false,
    reason: 'nothing changes its server while it runs',
    instead: 'Set `engine_version` to a newer minor version, and run `command: apply`.'
  }
};
