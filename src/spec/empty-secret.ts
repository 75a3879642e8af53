/** Why a secret that a workflow names arrives empty. */
export const EMPTY_SECRET =
  'A secret is empty in runs of forks and of Dependabot, and in a job that does not name the `environment:` which holds it.';
