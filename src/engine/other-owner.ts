import type { Notice } from './plan.ts';
import type { Observed } from './resource.ts';

const LET_GO =
  'Let it forget the server first (docs/coming-from-terraform.md): its next apply would remove the ownership mark again.';

/** How tools that manage infrastructure mark their resources. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/terraform|tofu/i, 'Terraform or OpenTofu'],
  [/pulumi/i, 'Pulumi'],
  [/cloudformation/i, 'CloudFormation'],
  [/crossplane/i, 'Crossplane']
];

/**
 * Notices about a server without a mark that another tool seems to manage: one whose mark was removed, as the rest of
 * this database still carries it, and one with another tool's tags.
 */
export function otherOwner(observed: readonly Observed[]): readonly Notice[] {
  const server = serverIn(observed);
  if (server?.ownership.kind !== 'unmarked') return [];
  const own = observed.find(({ ownership }) => ownership.kind === 'ours');
  if (own !== undefined) {
    const message =
      `${server.title} carries no ownership mark, and ${own.title} still does: something removed the mark. ` +
      `A tool that still manages the server, such as Terraform, does that with each apply. ${LET_GO}`;
    return [{ code: 'mark-removed', severity: 'danger', message }];
  }
  const tag = Object.entries(server.fields).find(([field, value]) => field.startsWith('tags.') && toolIn(field, value));
  if (tag === undefined) return [];
  const [field, value] = tag;
  const message = `The tag ${field.slice('tags.'.length)} of ${server.title} says that ${toolIn(field, value)} manages it. ${LET_GO}`;
  return [{ code: 'other-owner', severity: 'warning', message }];
}

/** The server among the observed resources: every provider gives it the same address. */
export function serverIn(observed: readonly Observed[]): Observed | undefined {
  return observed.find(({ address }) => address === 'server');
}

function toolIn(field: string, value: unknown): string | undefined {
  // A server that a tool made and no longer manages can say so: `terraform: false`.
  if (value === 'false' || value === 'no') return undefined;
  const text = `${field.slice('tags.'.length)} ${typeof value === 'string' ? value : ''}`;
  return TOOLS.find(([pattern]) => pattern.test(text))?.[1];
}
