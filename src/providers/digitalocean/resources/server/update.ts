import { defined } from '../../../../engine/defined.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, textsOf } from '../../../../engine/value.ts';
import { ProviderError, type FailureKind } from '../../../../errors.ts';
import { isFailure } from '../../../failures.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import { puts, type ServerField, type ServerFields } from './fields.ts';
import { retag } from './retag.ts';
import { replaceSources } from './trusted-sources.ts';
import { checkStorage, waitForCluster, whenOnline } from './wait.ts';

/** Failures that concern one change and not the next. */
const REFUSALS: readonly FailureKind[] = ['invalid', 'quota', 'denied', 'already-exists'];

/**
 * Sends each change, one call for each kind, a resize before an upgrade, and waits for those that take a while. Every
 * call may be repeated.
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

  if (changed('state')) await waitForCluster(context, id, `wait for ${name}`);
  const { region, engine_version: version } = values;
  const parts: readonly (() => Promise<unknown>)[] = [
    async () => retag(context, work, id),
    async () => {
      if (!changed('trusted_sources')) return;
      await whenIdle(async () => replaceSources(context, id, textsOf(values.trusted_sources)));
    },
    async () => {
      if (!changed('size') && !changed('num_nodes') && !changed('storage_size_mib')) return;
      const [size, nodes] = [values.size ?? facts['size'], values.num_nodes ?? facts['num_nodes']];
      const storage = changed('storage_size_mib') ? values.storage_size_mib : undefined;
      const resized = await change(
        'resize',
        defined({ size, num_nodes: nodes, storage_size_mib: storage }),
        live =>
          live.size === size && live.num_nodes === nodes && (live.storage_size_mib ?? Infinity) >= Number(storage ?? 0)
      );
      checkStorage(context, resized, storage);
    },
    async () => changed('region') && change('migrate', { region }, live => live.region === region),
    async () =>
      changed('engine_version') && change('upgrade', { version }, live => live.version?.split('.')[0] === version),
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
  await eachOnItsOwn(work, parts);
  return { id };
}

/**
 * Goes on after a part that DigitalOcean refuses, and throws the first refusal at the end: the other changes are still
 * made.
 */
async function eachOnItsOwn(
  { execution }: Pick<Work, 'execution'>,
  parts: readonly (() => Promise<unknown>)[]
): Promise<void> {
  const refused: ProviderError[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || !REFUSALS.includes(thrown.kind)) throw thrown;
      refused.push(thrown);
    }
  }
  const [first, ...others] = refused;
  for (const other of others) execution.log.warning(other.message);
  if (first !== undefined) throw first;
}
