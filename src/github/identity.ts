/** The identity that a token acts as. */
export interface Identity {
  /** As comments show it: `github-actions[bot]`, `octocat`. No user can register a name with brackets. */
  readonly login: string;
  /** The app's short name when an app speaks, as check runs show it: `github-actions`. */
  readonly appSlug: string | undefined;
}

/** The identity of the job's own token, also assumed when GitHub does not name one. */
export const GITHUB_ACTIONS: Identity = { login: 'github-actions[bot]', appSlug: 'github-actions' };

/** The identity that a login stands for. */
export function identityOf(login: string): Identity {
  return { login, appSlug: /^(.+)\[bot\]$/.exec(login)?.[1] };
}

/** Logins differ in more than case when they are different users. */
export function isSameLogin(login: string | undefined, identity: Identity): boolean {
  return login !== undefined && login.toLowerCase() === identity.login.toLowerCase();
}
