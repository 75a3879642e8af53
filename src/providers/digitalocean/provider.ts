import { refuseProblems } from '../../spec/problem.ts';
import type { ProviderDefinition } from '../provider.ts';
import { withoutPrices } from '../estimate.ts';
import { LOGIN } from './api/errors.ts';
import { operations } from './operations/operations.ts';
import { capabilities } from './capabilities.ts';
import { check } from './checks/check.ts';
import { validate } from './checks/validate.ts';
import { openContext, type DigitalOceanContext } from './context.ts';
import { desired } from './desired/desired.ts';
import { lookUp, type LookUps } from './desired/restore-source.ts';
import { examine } from './doctor.ts';
import { inputsOf } from './inputs-of.ts';
import { listServers } from './list-servers.ts';
import { observeForOutputs, outputsOf } from './outputs.ts';
import { alarm } from './resources/alarm.ts';
import { configuration } from './resources/configuration.ts';
import { database } from './resources/database.ts';
import { logSink, SINK_URL, sinkUrlProblem } from './resources/log-sink.ts';
import { pool } from './resources/pool.ts';
import { replica } from './resources/replica.ts';
import { cluster } from './resources/server/server.ts';
import { removeMarks, writeMark } from './resources/server/write-mark.ts';
import { user } from './resources/user.ts';
import { runnerAccess } from './runner-access.ts';
import { newestBackup } from './newest-backup.ts';
import { observePart } from './observe-part.ts';
import { takeSnapshot } from './snapshot.ts';

/** DigitalOcean Managed PostgreSQL. */
export const digitalocean: ProviderDefinition<DigitalOceanContext, LookUps> = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  login: LOGIN,
  capabilities,
  types: [cluster, database, user, ...[configuration, pool, logSink, alarm, replica].map(observePart)],
  validate,
  open: async setup => {
    refuseProblems(sinkUrlProblem(setup.secret(SINK_URL)));
    return openContext(setup);
  },
  target: context => context.target,
  invalidate: context => {
    context.invalidate();
  },
  lookUp,
  // For the outputs of a plan, which are made when everything else has been read.
  prefetch: async context => void (await context.certificate()),
  check,
  desired,
  secret: (context, name) => context.secret(name),
  writeMark,
  removeMarks,
  observeForOutputs,
  outputs: outputsOf,
  runnerAccess,
  operations,
  inputsOf,
  // Replicas of others go with the cluster: nothing is deleted before they could be read.
  dependents: async context => {
    await context.replicas();
    return [];
  },
  snapshot: takeSnapshot,
  newestBackup,
  cost: async () =>
    withoutPrices(
      'The cost is not estimated: the API of DigitalOcean has no prices of databases. Its control panel shows them.'
    ),
  usage: {
    can: false,
    reason: 'DigitalOcean keeps no metrics of a cluster that its API gives, only an endpoint to scrape them from'
  },
  doctor: examine,
  listServers
};
