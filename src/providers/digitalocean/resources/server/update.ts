import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, textsOf } from '../../../../engine/value.ts';
import { isFailure } from '../../../failures.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { puts, type ServerField, type ServerFields } from './fields.ts';
import { retag } from './retag.ts';
import { replaceSources } from './trusted-sources.ts';
import { checkStorage, waitForCluster, whenOnline } from './wait.ts';

/**
 * Sends each change, one call for each kind, a resize before an upgrade, and waits for those that take a while. Every call may be
 * repeated.
 */
export async function updateCluster(context: DigitalOceanContext, work: Work<ServerFields>): Promise<Facts> {
  const { values, observed } = work;
  const facts = observed?.facts ?? {};
  const id = textOf(facts['id']);
  const path = `/databases/${id}`;
  const changed = (field: ServerField): boolean => work.changes.some(change => change.field === field);
  const { name } = context.target;
  const whenIdle = async (send: () => Promise<unknown>): Promise<unknown> =>
    whenOnline(context, work.execution, id, send);
  const put = async (what: string, body: unknown): Promise<unknown> =>
    whenIdle(async () => context.api.rest('PUT', `${path}/${what}`, body));
  /** A change that takes a while. It is refused when an earlier run began it, or an answer was lost: then it must show. */
  const change = async (what: string, body: unknown, isDone: (live: Cluster) => boolean): Promise<Cluster> => {
    try {
      await put(what, body);
    } catch (thrown) {
      if (!isFailure(thrown, 'invalid')) throw thrown;
      if (!isDone(await waitForCluster(context, id, `${what} ${name}`))) throw thrown;
    }
    return waitForCluster(context, id, `${what} ${name}`, isDone);
  };

  if (changed('state')) await waitForCluster(context, id, `wait for ${name}`);
  await retag(context, work, id);
  if (changed('trusted_sources')) {
    await whenIdle(async () => replaceSources(context, id, textsOf(values.trusted_sources)));
  }
  if (changed('size') || changed('num_nodes') || changed('storage_size_mib')) {
    const [size, nodes] = [values.size ?? facts['size'], values.num_nodes ?? facts['num_nodes']];
    const storage = changed('storage_size_mib') ? values.storage_size_mib : undefined;
    const resized = await change(
      'resize',
      defined({ size, num_nodes: nodes, storage_size_mib: storage }),
      live =>
        live.size === size && live.num_nodes === nodes && (live.storage_size_mib ?? Infinity) >= Number(storage ?? 0)
    );
    checkStorage(context, resized, storage);
  }
  const { region, engine_version: version } = values;
  if (changed('region')) await change('migrate', { region }, live => live.region === region);
  if (changed('engine_version')) {
    await change('upgrade', { version }, live => live.version?.split('.')[0] === version);
  }
  if (changed('project')) {
    const project = encodeURIComponent(textOf(values.project));
    const resources = [`do:dbaas:${id}`];
    await whenIdle(async () => context.api.rest('POST', `/projects/${project}/resources`, { resources }));
  }
  for (const one of puts(values, field => work.changes.some(each => each.field === field))) {
    await put(one.path, one.body);
  }
  return { id };
}
