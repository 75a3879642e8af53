import { sendApart, type Part } from '../../../../engine/apart.ts';
import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, textsOf, type Value } from '../../../../engine/value.ts';
import { isFailure } from '../../../failures.ts';
import { clusterOf } from '../../api/clusters.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { puts, type ServerField, type ServerFields } from './fields.ts';
import { retag } from './retag.ts';
import { replaceSources } from './trusted-sources.ts';
import { checkStorage, waitForCluster, whenOnline } from './wait.ts';

/**
 * Sends each change, one call for each kind, and waits for those that take a while: they come last, a resize before an
 * upgrade. Every call may be repeated, and one that DigitalOcean refuses keeps no other back.
 */
export async function updateCluster(context: DigitalOceanContext, work: Work<ServerFields>): Promise<Facts> {
  const { values, observed } = work;
  const id = textOf(observed?.facts['id']);
  const path = `/databases/${id}`;
  const changed = (field: ServerField): boolean => work.changes.some(change => change.field === field);
  const { name } = context.target;
  const whenIdle = async (send: () => Promise<unknown>): Promise<unknown> =>
    whenOnline(context, work.execution, id, send);
  const put = async (what: string, body: unknown): Promise<unknown> =>
    whenIdle(async () => context.api.rest('PUT', `${path}/${what}`, body));
  /**
   * A change that takes a while. It is refused when an earlier run began it, or an answer was lost: then it must show.
   */
  const change = async (what: string, body: unknown, isDone: (live: Cluster) => boolean): Promise<Cluster> => {
    try {
      await put(what, body);
    } catch (thrown) {
      if (!isFailure(thrown, 'invalid')) throw thrown;
      if (!isDone(await waitForCluster(context, id, `${what} ${name}`))) throw thrown;
    }
    return waitForCluster(context, id, `${what} ${name}`, isDone);
  };
  /** DigitalOcean wants size and nodes with every resize: what is not asked for is sent as it is. */
  const resize = (fields: readonly SizeField[]): Part => ({
    send: async () => {
      if (fields.length === 0) return;
      const live = (await clusterOf(context, id)) ?? (await waitForCluster(context, id, `wait for ${name}`));
      const asked = (field: SizeField): Value | undefined => (fields.includes(field) ? values[field] : undefined);
      const [size, nodes] = [asked('size') ?? live.size, asked('num_nodes') ?? live.num_nodes];
      const storage = asked('storage_size_mib');
      const resized = await change(
        'resize',
        defined({ size, num_nodes: nodes, storage_size_mib: storage }),
        now =>
          now.size === size && now.num_nodes === nodes && (now.storage_size_mib ?? Infinity) >= Number(storage ?? 0)
      );
      checkStorage(context, resized, storage);
    },
    smaller: () => fields.map(field => resize([field]))
  });

  if (changed('state')) await waitForCluster(context, id, `wait for ${name}`);
  const { region, engine_version: version } = values;
  const parts: readonly (() => Promise<unknown>)[] = [
    async () => retag(context, work, id),
    async () => {
      if (!changed('trusted_sources')) return;
      await whenIdle(async () => replaceSources(context, id, textsOf(values.trusted_sources)));
    },
    async () => {
      if (!changed('project')) return;
      const project = encodeURIComponent(textOf(values.project));
      const resources = [`do:dbaas:${id}`];
      await whenIdle(async () => context.api.rest('POST', `/projects/${project}/resources`, { resources }));
    },
    ...puts(values, field => work.changes.some(each => each.field === field)).map(
      one => async () => put(one.path, one.body)
    )
  ];
  const slow: readonly (() => Promise<unknown>)[] = [
    async () => changed('region') && change('migrate', { region }, live => live.region === region),
    async () =>
      changed('engine_version') && change('upgrade', { version }, live => live.version?.split('.')[0] === version)
  ];
  await sendApart(work.execution, [
    ...parts.map(send => ({ send })),
    resize(SIZE_FIELDS.filter(changed)),
    ...slow.map(send => ({ send }))
  ]);
  return {};
}

/** The fields of one resize. Nodes come after a size that can have them. */
const SIZE_FIELDS = ['size', 'num_nodes', 'storage_size_mib'] as const;

type SizeField = (typeof SIZE_FIELDS)[number];
