import type { Answer, Level, Need, Scope } from './route.ts';
import type { Actor } from './state.ts';

/** What GitHub knows about a token: who speaks, and what the job's `permissions:` allow. */
export interface TokenGrant {
  readonly actor: Actor;
  /** A scope that is not named is `none`; `metadata: read` is always there. */
  readonly permissions: Readonly<Partial<Record<Scope, Level>>>;
}

/** Who the job's own token speaks as. */
export const GITHUB_ACTIONS_BOT: Actor = {
  login: 'github-actions[bot]',
  id: 41_898_282,
  app: { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' }
};

export const ALL_PERMISSIONS: TokenGrant['permissions'] = {
  contents: 'read',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
  deployments: 'write',
  actions: 'write'
};

/** What the token of a run on a fork's pull request may do. */
export const READ_ONLY: TokenGrant['permissions'] = {
  contents: 'read',
  issues: 'read',
  pull_requests: 'read',
  checks: 'read',
  deployments: 'read'
};

/** A person by that name. */
export function person(login: string): Actor {
  return {
    login,
    id: 1_000 + Array.from(login).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_000, 7)
  };
}

/** The bot of an app by that short name. */
export function bot(slug: string): Actor {
  const { id } = person(slug);
  return { login: `${slug}[bot]`, id, app: { id, slug, name: slug } };
}

/** Public repositories may be read by everyone; the rest needs one of `needs`. */
export function allows(grant: TokenGrant, needs: readonly Need[], isPrivate: boolean): boolean {
  return needs.some(({ scope, level }) => {
    if (scope === 'metadata' || (level === 'read' && !isPrivate)) return true;
    const granted = grant.permissions[scope];
    return granted === 'write' || (granted === 'read' && level === 'read');
  });
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible */
export function refusal(grant: TokenGrant, needs: readonly Need[]): Answer {
  return {
    status: 403,
    headers: { 'x-accepted-github-permissions': needs.map(({ scope, level }) => `${scope}=${level}`).join('; ') },
    body: {
      message: `Resource not accessible by ${grant.actor.app === undefined ? 'personal access token' : 'integration'}`,
      documentation_url: 'https://docs.github.com/rest',
      status: '403'
    }
  };
}
