import type { CommandName } from '../spec/catalogue.ts';

/** Where the ref of a run stands: the team deploys from it, or it does not. */
export type DeployPlace = 'deployed' | 'elsewhere';

/** One row of the table by which `command: auto` picks a command. A member that is absent matches everything. */
export interface AutoRule {
  /** GitHub's names of the events. */
  readonly events: readonly string[];
  /** GitHub's activity types, and `deleted` for a push that deletes its branch or tag. */
  readonly activities?: readonly string[];
  readonly place?: DeployPlace;
  /** Whether `ephemeral` is set. */
  readonly ephemeral?: boolean;
  /** Whether the input `pull_request` names a pull request. */
  readonly named?: boolean;
  /** `undefined`: the run ends with `result: skipped`. */
  readonly command: Exclude<CommandName, 'auto'> | undefined;
  /** One sentence for the log, the docs and, where nothing is done, the summary. */
  readonly why: string;
}

const PULL_REQUEST = ['pull_request', 'pull_request_target'] as const;
const BY_HAND = ['push', 'workflow_dispatch'] as const;
const ANY_OTHER = ['push', 'workflow_dispatch', 'release', 'schedule', 'workflow_run', 'repository_dispatch'] as const;

/**
 * The whole table: the first row that matches counts. What matches no row is refused. docs/reviewed-plans.md is
 * generated from it.
 */
export const AUTO_RULES: readonly AutoRule[] = [
  {
    events: PULL_REQUEST,
    activities: ['closed'],
    ephemeral: true,
    command: 'destroy',
    why: 'The pull request was closed: its database is destroyed.'
  },
  {
    events: PULL_REQUEST,
    activities: ['closed'],
    command: undefined,
    why: 'There is nothing to do for a closed pull request unless `ephemeral` is set.'
  },
  { events: PULL_REQUEST, ephemeral: true, command: 'apply', why: 'The pull request gets a database of its own.' },
  { events: PULL_REQUEST, command: 'plan', why: 'A pull request is planned.' },
  {
    events: ['push'],
    activities: ['deleted'],
    command: undefined,
    why: 'There is nothing to do for a branch or a tag that was deleted.'
  },
  {
    events: [...ANY_OTHER, 'issue_comment'],
    named: true,
    ephemeral: true,
    command: 'apply',
    why: 'The pull request that `pull_request` names gets a database of its own.'
  },
  {
    events: [...ANY_OTHER, 'issue_comment'],
    named: true,
    command: 'plan',
    why: 'The pull request that `pull_request` names is planned.'
  },
  {
    events: BY_HAND,
    ephemeral: true,
    command: 'apply',
    why: '`ephemeral` asks for the database of a pull request: without a pull request the run is refused.'
  },
  { events: BY_HAND, place: 'deployed', command: 'apply', why: 'The team deploys from this ref.' },
  { events: BY_HAND, place: 'elsewhere', command: 'plan', why: 'The team does not deploy from this ref.' },
  {
    events: ['release'],
    activities: ['published', 'released'],
    place: 'deployed',
    command: 'apply',
    why: 'A release was published.'
  },
  {
    events: ['release'],
    activities: ['published', 'released'],
    place: 'elsewhere',
    command: 'plan',
    why: '`deploy_branches` does not name the tag of this release.'
  },
  { events: ['release'], command: 'plan', why: 'Only a published release is applied.' },
  { events: ['merge_group'], command: 'check', why: 'The merge queue asks whether the reviewed plans still hold.' },
  {
    events: ['schedule'],
    ephemeral: true,
    command: 'sweep',
    why: 'Databases of closed pull requests and expired databases are destroyed.'
  },
  { events: ['schedule'], command: 'check', why: 'A scheduled run looks for drift.' }
];
