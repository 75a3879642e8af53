import { ActionError } from '../../errors.ts';
import { refuseProblems } from '../../spec/problem.ts';
import { textsOf } from '../../engine/value.ts';
import type { UndividedDefinition } from '../provider.ts';
import { alarm } from './resources/alarm.ts';
import { addTags, dropTags, tidyTags } from './api/tagging.ts';
import { configuration } from './resources/configuration.ts';
import { logSink, SINK_URL, sinkUrlProblem } from './resources/log-sink.ts';
import { pool } from './resources/pool.ts';
import { replica } from './resources/replica.ts';
import { user } from './resources/user.ts';
import { cluster } from './resources/server/server.ts';
import { database } from './resources/database.ts';
import { desire } from './desired/desired.ts';
import { capabilities } from './capabilities.ts';
import { SERVER } from './api/names.ts';
import { protectionTags, isOurTag, markOf, markTags } from './api/tags.ts';
import { markedClusters, openContext, type DigitalOceanContext } from './context.ts';
import { examine } from './doctor.ts';
import { outputsOf } from './outputs.ts';
import { validate } from './checks/validate.ts';

/** DigitalOcean Managed PostgreSQL. */
export const digitalocean: UndividedDefinition<DigitalOceanContext> = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  capabilities,
  types: [cluster, database, user, configuration, pool, logSink, alarm, replica],
  validate,
  open: async setup => {
    refuseProblems(sinkUrlProblem(setup.secret(SINK_URL)));
    return openContext(setup);
  },
  target: context => context.target,
  invalidate: context => {
    context.invalidate();
  },
  desire,
  // DigitalOcean makes the passwords of the database itself.
  secret: (context, name) => context.secret(name),
  writeMark: async (context, observed, mark) => {
    const facts = observed.find(one => one.address === SERVER)?.facts ?? {};
    const { id, tags } = facts;
    if (typeof id !== 'string') return;
    const live = textsOf(tags);
    const wanted = markTags(mark);
    const keep = [...wanted, ...protectionTags(true)];
    const isThere = (tag: string): boolean => live.some(one => one.toLowerCase() === tag);
    const old = live.filter(tag => isOurTag(tag) && !keep.includes(tag.toLowerCase()));
    await addTags(
      context,
      id,
      wanted.filter(tag => !isThere(tag))
    );
    await dropTags(context, id, old);
    await tidyTags(context);
  },
  outputs: outputsOf,
  snapshot: async () => {
    throw new ActionError('Take a snapshot on DigitalOcean: there are no snapshots of databases', {
      code: 'unsupported',
      source: 'user',
      hint: 'DigitalOcean keeps daily backups for seven days; for a copy of your own run `pg_dump` with the outputs.'
    });
  },
  doctor: examine,
  listServers: async context =>
    (await markedClusters(context)).map(one => ({ title: `server ${one.name}`, mark: markOf(one.tags ?? []) }))
};
