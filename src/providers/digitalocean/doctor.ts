import { isKind } from '../answers.ts';
import type { Finding } from '../provider.ts';
import { clusters, type DoWorld } from './digitalocean-world.ts';
import { slugOf } from './sizes.ts';

interface Options {
  readonly options?: {
    readonly pg?: {
      readonly regions?: readonly string[];
      readonly versions?: readonly string[];
      readonly layouts?: readonly { readonly num_nodes: number; readonly sizes: readonly string[] }[];
    };
  };
}

/** What a run with these inputs would miss. DigitalOcean says of no scope whether a token has it: those that only read are tried. */
export async function examine(world: DoWorld): Promise<readonly Finding[]> {
  const { settings, target } = world;
  const findings: Finding[] = [{ what: 'DigitalOcean token', state: 'ok', detail: `account ${target.account}` }];
  const all = await tried(async () => clusters(world));
  findings.push(scope('database:read', all !== undefined, `${all?.length ?? 0} PostgreSQL clusters`));
  if (settings.alarms !== undefined) {
    const policies = await tried(async () => world.listPolicies());
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
  findings.push(...(await offered(world)));
  return findings;
}

/** Whether the region, the version and the size are on offer. */
async function offered({ api, settings }: DoWorld): Promise<readonly Finding[]> {
  const answer = await tried(async () => api.rest<Options>('GET', '/databases/options'));
  const pg = answer?.options?.pg;
  if (pg === undefined) return [];
  const findings: Finding[] = [];
  const check = (what: string, value: string | undefined, known: readonly string[] | undefined): void => {
    if (value === undefined || known === undefined) return;
    const has = known.includes(value);
    findings.push({
      what: `${what} ${value}`,
      state: has ? 'ok' : 'missing',
      detail: has ? 'on offer' : 'not on offer for PostgreSQL',
      ...(has ? {} : { hint: `Choose one of ${known.join(', ')}.` })
    });
  };
  check('Region', settings.digitalocean_region, pg.regions);
  check('Version', settings.engine_version?.split('.')[0], pg.versions);
  const nodes = settings.num_nodes ?? (settings.multi_az === true ? 2 : 1);
  const size = settings.instance_class === undefined ? undefined : slugOf(settings.instance_class);
  check('Size', size, pg.layouts?.find(layout => layout.num_nodes === nodes)?.sizes);
  return findings;
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
    if (isKind(thrown, 'denied')) return undefined;
    throw thrown;
  }
}
