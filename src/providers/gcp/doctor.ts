import { defined } from '../../engine/defined.ts';
import { ProviderError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import type { GcpContext } from './context.ts';
import { tiersOf } from './live-state.ts';

/** The permissions that a command needs, in the order of the report. */
export interface Needs {
  /** `plan`, `apply`, `destroy`. */
  readonly what: string;
  readonly permissions: readonly string[];
}

const EDITOR = '`roles/cloudsql.editor` can neither create nor delete: grant `roles/cloudsql.admin` or a custom role.';
const GUIDE = 'docs/permissions/gcp.md';

/** Checks the project, the APIs and the permissions of the login. Changes nothing. */
export async function examine(context: GcpContext, needs: readonly Needs[], tier: string): Promise<readonly Finding[]> {
  const [instances, permissions, offer] = await Promise.all([
    finding('Cloud SQL Admin API', async () => {
      const live = await context.live();
      return live === undefined
        ? 'enabled; the database does not exist yet'
        : `enabled; the database is ${live.state ?? 'there'}`;
    }),
    permissionsOf(context, needs),
    offered(context, tier)
  ]);
  const { project, region } = context;
  return [
    { what: 'Google Cloud project', state: 'ok', detail: project },
    region === undefined
      ? { what: 'Region', state: 'unknown', detail: 'no input names one', hint: 'Set `gcp_region`.' }
      : { what: 'Region', state: 'ok', detail: region },
    instances,
    ...permissions,
    offer
  ];
}

/** The permissions of the login in the project. The question needs no permission, but the Resource Manager API. */
async function permissionsOf({ gcp, project }: GcpContext, needs: readonly Needs[]): Promise<readonly Finding[]> {
  const permissions = [...new Set(needs.flatMap(one => one.permissions))];
  let held: readonly string[];
  try {
    const answer = await gcp.rest<{ permissions?: readonly string[] }>(
      'cloudresourcemanager',
      'POST',
      `/v1/projects/${encodeURIComponent(project)}:testIamPermissions`,
      { permission: 'resourcemanager.projects.get', subject: project },
      { body: { permissions } }
    );
    held = answer.permissions ?? [];
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    const hint = 'Run `gcloud services enable cloudresourcemanager.googleapis.com` to check permissions.';
    const detail = thrown.kind === 'denied' ? 'the Resource Manager API does not answer' : thrown.message;
    return [{ what: 'Permissions', state: 'unknown', detail, hint }];
  }
  return needs.map(({ what, permissions: needed }): Finding => {
    const missing = needed.filter(one => !held.includes(one));
    if (missing.length === 0) return { what: `Permissions to ${what}`, state: 'ok', detail: `all ${needed.length}` };
    const isEditor = missing.some(one => /^cloudsql\.(?:instances\.(?:create|delete|clone)|users\.)/.test(one));
    return {
      what: `Permissions to ${what}`,
      state: 'missing',
      detail: missing.join(', '),
      hint: `${isEditor ? EDITOR : 'Add them to the role of the service account.'} See ${GUIDE}.`
    };
  });
}

/** Whether the region offers the tier. Custom tiers are not in the list. */
async function offered(context: GcpContext, tier: string): Promise<Finding> {
  const { region } = context;
  return finding(`Tier ${tier}`, async () => {
    if (tier.startsWith('db-custom-')) return 'a custom tier: Cloud SQL checks it at creation';
    const offer = (await tiersOf(context)).find(one => one.tier === tier);
    if (offer === undefined) return { missing: 'not offered to this project' };
    if (region === undefined || offer.region?.includes(region) !== false)
      return `offered${region === undefined ? '' : ` in ${region}`}`;
    return { missing: `not offered in ${region}`, hint: `Set \`gcp_region\` to one of ${offer.region.join(', ')}.` };
  });
}

type Answer = string | { readonly missing: string; readonly hint?: string };

async function finding(what: string, check: () => Promise<Answer>): Promise<Finding> {
  try {
    const answer = await check();
    if (typeof answer === 'string') return { what, state: 'ok', detail: answer };
    const { missing: detail, hint = 'Set another `tier` or `gcp_region`.' } = answer;
    return { what, state: 'missing', detail, hint };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    const isKnown = !['throttled', 'transient'].includes(thrown.kind);
    const { message, hint } = thrown;
    return defined({ what, state: isKnown ? 'missing' : 'unknown', detail: message, hint });
  }
}
