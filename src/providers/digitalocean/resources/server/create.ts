import { defined } from '../../../../engine/defined.ts';
import type { Ownership } from '../../../../engine/ownership.ts';
import type { CreationWork, Facts, Work } from '../../../../engine/resource.ts';
import { createOrReuseOwn, tellingOf } from '../../../create-or-reuse-own.ts';
import { isFailure } from '../../../failures.ts';
import { tagsIn } from '../../../mark-tags.ts';
import { POSTGRES } from '../../api/clusters.ts';
import { requireTags } from '../../api/tagging.ts';
import { markTags, ownershipOf, protectionTags, tagOf } from '../../api/tags.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import type { Body } from './field.ts';
import { creationBody, isSetAfterCreation, puts, type ServerFields } from './fields.ts';
import { checkStorage, clusterSoon, idOf, waitForCluster, whenOnline } from './wait.ts';

/** Creates the cluster with its mark, or goes on with the one that an earlier run began. Waits until it is online. */
export async function createCluster(context: DigitalOceanContext, work: CreationWork<ServerFields>): Promise<Facts> {
  const { values } = work;
  const { name } = context.target;
  // Without tags, the cluster could not be told from another workflow's when the answer is lost.
  await requireTags(context);
  const named = async (): Promise<Cluster | undefined> => clusterSoon(context, name);
  const ownerOf = ({ tags }: Cluster): Ownership => ownershipOf(tags ?? [], context.target);
  const created = await createOrReuseOwn(
    work,
    `server ${name}`,
    async () => {
      const send = async (body: Body): Promise<{ database: Cluster }> =>
        context.api.rest<{ database: Cluster }>('POST', '/databases', body, {
          idempotent: false,
          recheck: tellingOf(work, async () => {
            const live = await named();
            return live === undefined || ownerOf(live).kind !== 'ours' ? undefined : { database: live };
          })
        });
      const body = bodyOf(name, work);
      const { storage_size_mib: storage, ...others } = body;
      try {
        return await send(body);
      } catch (thrown) {
        const isFromSource = values.source !== undefined && context.settings.allocated_storage === undefined;
        if (!isFailure(thrown, 'invalid') || storage === undefined || !isFromSource) throw thrown;
        // A larger size may start with more storage than the source has.
        return send(others).catch((again: unknown) => {
          throw isFailure(again, 'invalid') ? thrown : again;
        });
      }
    },
    async () => {
      const live = await named();
      return live === undefined ? undefined : ownerOf(live);
    }
  );
  const id = created?.database.id ?? (await idOf(context));
  context.createdAs(id);
  checkStorage(context, await waitForCluster(context, id, `create ${name}`), values.storage_size_mib);
  for (const { path, body } of puts(values, isSetAfterCreation)) {
    const send = async (): Promise<unknown> => context.api.rest('PUT', `/databases/${id}/${path}`, body);
    await whenOnline(context, work.execution, id, send);
  }
  return {};
}

function bodyOf(name: string, { values, mark }: Work<ServerFields>): Body {
  const tags = [
    ...markTags(mark),
    ...protectionTags(values.deletion_protection === true),
    ...Object.entries(tagsIn(values)).map(([key, value]) => tagOf(key, value))
  ];
  const { source, source_time: time } = values;
  const copy = source === undefined ? undefined : defined({ database_name: source, backup_created_at: time });
  return defined({ name, engine: POSTGRES, ...creationBody(values), tags, backup_restore: copy });
}
