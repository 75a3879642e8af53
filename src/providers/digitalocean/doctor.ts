import { asActionError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import { clusters, type DigitalOceanContext } from './context.ts';
import { orderOf } from './desired/desired.ts';
import { requireTags } from './api/tagging.ts';
import { offersOf, unavailable } from './checks/availability.ts';

/** What a run with these inputs would miss. DigitalOcean says of no scope whether a token has it: those that only read are tried. */
export async function examine(context: DigitalOceanContext): Promise<readonly Finding[]> {
  const { settings, target } = context;
  const findings: Finding[] = [{ what: 'DigitalOcean token', state: 'ok', detail: `account ${target.account}` }];
  const all = await tried(async () => clusters(context));
  findings.push(scope('database:read', all !== undefined, `${all?.length ?? 0} PostgreSQL clusters`));
  const tags = await tried(async () => requireTags(context).then(() => true));
  findings.push(scope('tag:read', tags !== undefined, 'whose a cluster is can be seen'));
  if (settings.alarms !== undefined) {
    const policies = await tried(async () => context.listPolicies());
    findings.push(scope('monitoring:read', policies !== undefined, `${policies?.length ?? 0} alert policies`));
  }
  const live = all?.find(({ name }) => name === target.name);
  if (live !== undefined) {
    const sees = (live.connection?.password ?? '') !== '';
    findings.push({
      what: 'Scope database:view_credentials',
      state: sees ? 'ok' : 'missing',
      detail: sees ? 'the password can be seen' : 'there will be no output `password`, and none in `database_url`',
      ...(sees ? {} : { hint: 'Give the token the scope `database:view_credentials`.' })
    });
  }
  findings.push(...(await offered(context)));
  return findings;
}

/** Whether the region, the version and the size are on offer. */
async function offered(context: DigitalOceanContext): Promise<readonly Finding[]> {
  const order = orderOf(context, undefined);
  const problems = unavailable(await offersOf(context), order);
  const asked = Object.entries({ Region: order.region, Version: order.version, Size: order.size });
  return asked.flatMap(([what, value]): readonly Finding[] => {
    if (value === undefined) return [];
    const problem = problems.find(one => one.value === value);
    if (problem === undefined) return [{ what: `${what} ${value}`, state: 'ok', detail: 'on offer' }];
    const hint = `Choose one of ${problem.allowed ?? ''}.`;
    return [{ what: `${what} ${value}`, state: 'missing', detail: 'not on offer for PostgreSQL', hint }];
  });
}

function scope(name: string, has: boolean, detail: string): Finding {
  if (has) return { what: `Scope ${name}`, state: 'ok', detail };
  return {
    what: `Scope ${name}`,
    state: 'missing',
    detail: 'the token does not have it',
    hint: `Give the token the scope \`${name}\`: docs/permissions/digitalocean.md.`
  };
}

/** `undefined` where the token may not ask. */
async function tried<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (asActionError(thrown).code === 'permission-denied') return undefined;
    throw thrown;
  }
}
