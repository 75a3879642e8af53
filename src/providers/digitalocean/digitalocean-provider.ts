import { ActionError } from '../../errors.ts';
import type { Wing } from '../provider.ts';
import { addTags, dropTags } from './cluster-update.ts';
import { cluster } from './cluster.ts';
import { database } from './database.ts';
import { desire } from './desire.ts';
import { capabilities } from './digitalocean-capabilities.ts';
import { SERVER } from './digitalocean-names.ts';
import { guardTags, isOurTag, markOf, markTags } from './digitalocean-tags.ts';
import { clusters, openWorld, type DoWorld } from './digitalocean-world.ts';
import { outputsOf } from './outputs.ts';
import { validate } from './validate.ts';

/** DigitalOcean Managed PostgreSQL. */
export const digitalocean: Wing<DoWorld> = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  capabilities,
  types: [cluster, database],
  validate,
  open: openWorld,
  target: world => world.target,
  refresh: world => {
    world.forget();
  },
  desire,
  // DigitalOcean makes the only password there is.
  secret: () => '',
  stamp: async (world, observed, mark) => {
    const facts = observed.find(one => one.address === SERVER)?.facts ?? {};
    const { id, tags } = facts;
    if (typeof id !== 'string') return;
    const live = (Array.isArray(tags) ? tags : []).map(String);
    const wanted = markTags(mark);
    const keep = [...wanted, ...guardTags(true)];
    await addTags(
      world,
      id,
      wanted.filter(tag => !live.includes(tag))
    );
    await dropTags(
      world,
      id,
      live.filter(tag => isOurTag(tag) && !keep.includes(tag.toLowerCase()))
    );
  },
  outputs: outputsOf,
  snapshot: async () => {
    throw new ActionError('Take a snapshot on DigitalOcean: there are no snapshots of databases', {
      code: 'unsupported',
      source: 'user',
      hint: 'DigitalOcean keeps daily backups for seven days; for a copy of your own run `pg_dump` with the outputs.'
    });
  },
  doctor: async world => {
    const all = await clusters(world);
    return [
      { what: 'DigitalOcean token', state: 'ok', detail: `account ${world.target.account}` },
      { what: 'Read databases', state: 'ok', detail: `allowed; ${all.length} PostgreSQL clusters` }
    ];
  },
  census: async world =>
    (await clusters(world)).map(one => ({ title: `server ${one.name}`, mark: markOf(one.tags ?? []) })),
  close: async () => {}
};
