import type { Ownership } from '../../../../engine/ownership.ts';
import type { Facts, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { ActionError } from '../../../../errors.ts';
import { createOrReuseOwn } from '../../../create-or-reuse-own.ts';
import { beginCopy, finishCopy, ownershipIn } from './copy.ts';
import { instanceFacts } from './convert.ts';
import { mutate, waitForInstance } from '../../api/operation.ts';
import { labelsOfNew } from '../../api/tags.ts';
import { isSharedCore } from '../../api/tiers.ts';
import { readInstance, type GcpContext } from '../../context.ts';
import { joined, type Body } from './field.ts';
import { bodyOf } from './fields.ts';
import { flagsAfter, poolAfter } from './update.ts';

type Values = Readonly<Record<string, Value>>;

/** Makes an instance, with the mark in the call that makes it, and waits until it serves. */
export async function createInstance(context: GcpContext, work: Work): Promise<Facts> {
  const { gcp, name, project } = context;
  const tier = textOf(work.values['instance_class']);
  const owner = async (): Promise<Ownership> => {
    const live = await readInstance(context, name);
    if (live === undefined) throw nameInUse(name);
    return ownershipIn(context, live);
  };
  if (work.values['source'] !== undefined) {
    const begin = async (): Promise<void> => beginCopy(context, work, { project, ...newInstance(work) });
    await createOrReuseOwn(context, `server ${name}`, begin, owner);
    await finishCopy(context, work);
    return instanceFacts(await waitForInstance(context, name));
  }
  await createOrReuseOwn(
    context,
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
    owner
  );
  return instanceFacts(await waitForInstance(context, name));
}

/** The body of the call that makes an instance. */
export function newInstance(work: Work): Body {
  const { values } = work;
  const password = values['master_password'];
  const flags = flagsAfter([], values);
  const extra: Body = {
    settings: {
      userLabels: labelsOfNew(work),
      // An empty list would take away those that a backup brings along.
      ...(flags.length === 0 ? {} : { databaseFlags: flags }),
      ...poolAfter(undefined, values)
    },
    ...(typeof password === 'string' ? { rootPassword: password } : {})
  };
  return joined(bodyOf(withoutOurs(values), undefined), extra);
}

function withoutOurs(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([field]) => field !== 'state' && field !== 'source'));
}

/** A name stays taken for a while after its instance was deleted. */
function nameInUse(name: string): ActionError {
  return new ActionError(
    `Create server ${name}: Cloud SQL says that the name is taken, and there is no such instance`,
    {
      code: 'provider-failed',
      source: 'provider',
      hint: 'An instance that was deleted keeps its name for up to a week: choose another `name`, or wait.'
    }
  );
}
