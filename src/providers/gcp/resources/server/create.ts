import { asUnfinished, type Ownership } from '../../../../engine/ownership.ts';
import type { CreationWork, Facts } from '../../../../engine/resource.ts';
import { textOf } from '../../../../engine/value.ts';
import { createOrReuseOwn } from '../../../create-or-reuse-own.ts';
import { mutate, OTHER_NAME_HINT } from '../../api/operation.ts';
import { labelsOfNew } from '../../api/tags.ts';
import { isSharedCore } from '../../api/tiers.ts';
import type { GcpContext } from '../../context.ts';
import { readInstance } from '../../live-state.ts';
import { instanceFacts } from './convert.ts';
import { beginCopy, finishCopy, ownershipIn } from './copy.ts';
import { joined, type Body } from './field.ts';
import type { InstanceWork, ServerFields } from './fields.ts';
import { flagsAfter } from './flag-change.ts';
import { poolAfter } from './pooling.ts';
import { bodyOf } from './values.ts';
import { waitForInstance } from './wait.ts';

/** Creates the server, with the mark in the same call, and waits until it serves. */
export async function createInstance(context: GcpContext, work: CreationWork<ServerFields>): Promise<Facts> {
  const { gcp, name, project } = context;
  const tier = textOf(work.values.instance_class);
  const owner = async (): Promise<Ownership | undefined> => {
    const live = await readInstance(context, name);
    return live && ownershipIn(context, live);
  };
  if (work.values.source !== undefined) {
    const body = { project, ...newInstance({ ...work, mark: asUnfinished(work.mark) }) };
    const begin = async (): Promise<void> => beginCopy(context, work, body);
    await createOrReuseOwn(work, `server ${name}`, begin, owner, OTHER_NAME_HINT);
    await finishCopy(context, work);
    return instanceFacts(await waitForInstance(context, name));
  }
  await createOrReuseOwn(
    work,
    `server ${name}`,
    async () =>
      mutate(context, {
        what: `create ${name}`,
        instance: name,
        usually: isSharedCore(tier) ? '30–50 min' : '5–15 min',
        permission: 'cloudsql.instances.create',
        type: 'CREATE',
        send: async (sdk, options) => sdk.instances.insert({ project: gcp.project }, options),
        body: () => ({ project, name, ...newInstance(work) })
      }),
    owner,
    OTHER_NAME_HINT
  );
  return instanceFacts(await waitForInstance(context, name));
}

/** The body of the call that creates an instance. */
export function newInstance(work: InstanceWork): Body {
  const { values } = work;
  const password = values.master_password;
  const flags = flagsAfter([], values);
  const extra: Body = {
    settings: {
      userLabels: labelsOfNew(work),
      // An empty list would remove the flags that a backup brings along.
      ...(flags.length === 0 ? {} : { databaseFlags: flags }),
      ...poolAfter(undefined, values)
    },
    ...(typeof password === 'string' ? { rootPassword: password } : {})
  };
  return joined(bodyOf(values, undefined), extra);
}
