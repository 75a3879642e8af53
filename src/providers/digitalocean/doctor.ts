import { asActionError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import { clusters, connectionTo } from './api/clusters.ts';
import { requireTags } from './api/tagging.ts';
import { offersOf } from './api/offers.ts';
import { orderOf, unavailable } from './checks/availability.ts';
import type { DigitalOceanContext } from './context.ts';

/** What a run with these inputs would lack. DigitalOcean lists no scopes of a token: those for reading are tried. */
export async function examine(context: DigitalOceanContext): Promise<readonly Finding[]> {
  const { settings, target } = context;
  const findings: Finding[] = [{ what: 'DigitalOcean token', state: 'ok', detail: `account ${target.account}` }];
  const all = await tried(async () => clusters(context));
  findings.push(scope('database:read', all !== undefined, `${all?.length ?? 0} PostgreSQL clusters`));
  const tags = await tried(async () => requireTags(context).then(() => true));
  findings.push(scope('tag:read', tags !== undefined, 'the owner of a cluster can be read'));
  if (settings.alarms !== undefined) {
    const policies = await tried(async () => context.listPolicies());
    findings.push(scope('monitoring:read', policies !== undefined, `${policies?.length ?? 0} alert policies`));
  }
  const live = all?.find(({ name }) => name === target.name);
  if (live !== undefined) {
    const sees = (connectionTo(live).password ?? '') !== '';
    findings.push({
      what: 'Scope database:view_credentials',
      state: sees ? 'ok' : 'missing',
      detail: sees ? 'the password can be read' : 'the output `password` is missing, and `database_url` has none',
      ...(sees ? {} : { hint: 'Give the token the scope `database:view_credentials`.' })
    });
  }
  findings.push(...(await offered(context)));
  return findings;
}

/** Whether DigitalOcean offers the region, the version and the size. */
async function offered(context: DigitalOceanContext): Promise<readonly Finding[]> {
  const order = orderOf(context, undefined);
  const offers = await offersOf(context);
  if (offers === undefined) {
    const detail = '`GET /v2/databases/options` is not allowed, or did not answer';
    const hint = 'Give the token the scope `database:read`, or run `doctor` again.';
    return [{ what: 'Region, version and size', state: 'unknown', detail, hint }];
  }
  const problems = unavailable(offers, order);
  const asked = Object.entries({ Region: order.region, Version: order.version, Size: order.size });
  return asked.flatMap(([what, value]): readonly Finding[] => {
    if (value === undefined) return [];
    const problem = problems.find(one => one.value === value);
    if (problem === undefined) return [{ what: `${what} ${value}`, state: 'ok', detail: 'offered' }];
    const hint = `Set it to one of ${problem.allowed ?? ''}.`;
    return [{ what: `${what} ${value}`, state: 'missing', detail: 'not offered for PostgreSQL', hint }];
  });
}

function scope(name: string, has: boolean, detail: string): Finding {
  if (has) return { what: `Scope ${name}`, state: 'ok', detail };
  return {
    what: `Scope ${name}`,
    state: 'missing',
    detail: 'the token does not have it',
    hint: `Give the token the scope \`${name}\`; docs/permissions/digitalocean.md lists them all.`
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
