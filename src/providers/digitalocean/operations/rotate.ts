import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { orUndefined } from '../../failures.ts';
import { SERVER, userAddress } from '../addresses.ts';
import { DOADMIN, extraUser } from '../api/names.ts';
import type { User } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

/**
 * Has DigitalOcean make a new password for the user of the outputs.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/reset-user-passwords/
 */
export async function rotate(context: DigitalOceanContext): Promise<OperationDraft> {
  const live = await context.live();
  const user = extraUser(context.settings) ?? DOADMIN;
  const before = live === undefined ? undefined : await read(context, live.id, user);
  return {
    steps: live === undefined ? [] : [resetStep(context, live.id, user, before?.password)],
    consequences: [
      `DigitalOcean makes a new password for \`${user}\`. The old one ends at once: no login with it succeeds any more.`,
      'Applications, and the connection pools of this user, need the outputs of this run: `password`, `database_url`, `pool_url`.',
      'DigitalOcean records no reset. Each run of this command makes a new password.'
    ],
    refusals: refusalsOf(user, before)
  };
}

function refusalsOf(user: string, before: User | undefined): readonly Refusal[] {
  const refused = (message: string, hint: string): readonly Refusal[] => [{ rule: 'rotate', message, hint }];
  if (before === undefined) return refused(`There is no user ${user}.`, 'Run `command: apply` first: it creates it.');
  if ((before.password ?? '') !== '') return [];
  return refused(
    `The token may not see passwords: the new one of ${user} would be in no output.`,
    'Give the token the scope `database:view_credentials`.'
  );
}

function resetStep(context: DigitalOceanContext, id: string, user: string, before: string | undefined): OperationStep {
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
      const now = await read(context, id, user);
      if (now === undefined) return { state: 'failed', message: `there is no user ${user}` };
      const isNew = (now.password ?? '') !== '' && now.password !== before;
      return isNew ? { state: 'done', detail: 'the password is new' } : { state: 'todo', detail: 'the old password' };
    },
    send: async () => {
      const path = `/databases/${id}/users/${encodeURIComponent(user)}/reset_auth`;
      await context.api.rest('POST', path, {}, { idempotent: false });
    }
  };
}

/** As it is now, its password masked. */
async function read({ api }: DigitalOceanContext, id: string, user: string): Promise<User | undefined> {
  const path = `/databases/${id}/users/${encodeURIComponent(user)}`;
  return (await orUndefined(api.rest<{ user: User }>('GET', path)))?.user;
}
