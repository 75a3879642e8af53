import { createHash } from 'node:crypto';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import { tagHash } from '../../../engine/own-tags.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { MOST_REMEMBERED } from '../../child-resources.ts';
import { orUndefined } from '../../failures.ts';
import { noteOf, noteSteps } from '../../operation-note.ts';
import { SERVER, userAddress } from '../addresses.ts';
import { DOADMIN, extraUser } from '../api/names.ts';
import { clusterOf } from '../api/clusters.ts';
import { markOf, ownershipOf } from '../api/tags.ts';
import type { Cluster, User } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { clusterMark } from './promote.ts';

/**
 * Has DigitalOcean make a new password for the user of the outputs.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/reset-user-passwords/
 */
export async function rotate(context: DigitalOceanContext): Promise<OperationDraft> {
  const live = await context.live();
  const user = extraUser(context.settings) ?? DOADMIN;
  const before = live === undefined ? undefined : await read(context, live.id, user);
  const mark = clusterMark(context, context.target.name, SERVER);
  const now = (): Date => serverTime(context.execution);
  const stepsOf = ({ id }: Cluster): readonly OperationStep[] => {
    const { begin, end } = noteSteps(mark, `rotate:${user}`, {
      before: hashOf(before?.password),
      now,
      standing: async note => (note.before === hashOf((await read(context, id, user))?.password) ? 'nothing' : 'begun')
    });
    return [begin, resetStep(context, id, user), end];
  };
  return {
    steps: live === undefined ? [] : stepsOf(live),
    consequences: [
      `DigitalOcean makes a new password for \`${user}\`. The old one ends at once: no login with it succeeds any more.`,
      'Applications, and the connection pools of this user, need the outputs of this run: `password`, `database_url`, `pool_url`.',
      'DigitalOcean records no reset: a tag of the cluster notes its time and a hash of the password before.'
    ],
    refusals: refusalsOf(user, before, live === undefined || isKnown(context, live, user))
  };
}

/** Whether this workflow has applied the user. Others may have made one of the same name. */
function isKnown({ target }: DigitalOceanContext, { tags }: Cluster, user: string): boolean {
  const ownership = ownershipOf(tags ?? [], target);
  const known = ownership.kind === 'ours' ? ownership.mark.ownTags : undefined;
  if (user === DOADMIN || known === undefined || known.length >= MOST_REMEMBERED) return true;
  return known.includes(tagHash(userAddress(user)));
}

const SEE_PASSWORDS = 'Give the token the scope `database:view_credentials`.';

function refusalsOf(user: string, before: User | undefined, isOwn: boolean): readonly Refusal[] {
  const refused = (message: string, hint: string): readonly Refusal[] => [{ rule: 'rotate', message, hint }];
  if (before === undefined) return refused(`There is no user ${user}.`, 'Run `command: apply` first: it creates it.');
  if (!isOwn) {
    return refused(`The user ${user} is not this workflow's yet.`, 'Run `command: apply` first, which takes it over.');
  }
  if ((before.password ?? '') !== '') return [];
  return refused(`The token may not see passwords: the new one of ${user} would be in no output.`, SEE_PASSWORDS);
}

function resetStep(context: DigitalOceanContext, id: string, user: string): OperationStep {
  return {
    address: user === DOADMIN ? SERVER : userAddress(user),
    title: `user ${user}`,
    summary: `reset the password of user ${user}`,
    call: 'POST /databases/{id}/users/{name}/reset_auth',
    impact: 'online',
    usually: 'a moment',
    intervalSeconds: context.pollSeconds,
    // Only sent again while the password is the old one: no reader has got another.
    isRepeatable: true,
    look: async () => {
      const [now, cluster] = await Promise.all([read(context, id, user), clusterOf(context, id)]);
      if (now === undefined) return { state: 'failed', message: `there is no user ${user}` };
      const note = noteOf(markOf(cluster?.tags ?? []), `rotate:${user}`, serverTime(context.execution));
      if ((now.password ?? '') === '')
        return { state: 'failed', message: 'its password is hidden', hint: SEE_PASSWORDS };
      // This run, or an earlier one, has made the one that is there now.
      const isNew = note !== undefined && note.before !== hashOf(now.password);
      return isNew ? { state: 'done', detail: 'the password is new' } : { state: 'todo', detail: 'the old password' };
    },
    send: async () => {
      const path = `/databases/${id}/users/${encodeURIComponent(user)}/reset_auth`;
      await context.api.rest('POST', path, {}, { idempotent: false });
    }
  };
}

/** Tells two passwords apart. A password of DigitalOcean is too long to be found by its hash. */
function hashOf(password = ''): string {
  return createHash('sha256').update(password).digest('hex').slice(0, 16);
}

/** As it is now, its password masked. */
async function read({ api }: DigitalOceanContext, id: string, user: string): Promise<User | undefined> {
  const path = `/databases/${id}/users/${encodeURIComponent(user)}`;
  return (await orUndefined(api.rest<{ user: User }>('GET', path)))?.user;
}
