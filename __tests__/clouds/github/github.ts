import { eventOf, type EventChoice, type RunnerEvent } from './events.ts';
import { faultBook, type Fault } from './faults.ts';
import { filesOn, messageOn, pushFiles } from './git-data.ts';
import type { Exchange } from './record.ts';
import { listen, type ServerState } from './server.ts';
import {
  emptyState,
  takeId,
  type Actor,
  type GithubState,
  type StoredCheckRun,
  type StoredComment,
  type StoredDeployment,
  type StoredIssue
} from './state.ts';
import { pullControls, shaOf, timestampOf, type PullControls } from './pull-controls.ts';
import { ALL_PERMISSIONS, GITHUB_ACTIONS_BOT, person, type TokenGrant } from './tokens.ts';

export { shaOf } from './pull-controls.ts';
export { bot, person, READ_ONLY } from './tokens.ts';
export { abuse, primaryRateLimit, secondaryRateLimit, serverError } from './faults.ts';

export interface GithubOptions {
  /** Default `acme`. */
  readonly owner?: string;
  /** Default `shop`. */
  readonly name?: string;
  /** Default true: nothing can be read without the permission. */
  readonly private?: boolean;
  /** Default `main`. */
  readonly defaultBranch?: string;
  /** GitHub Enterprise Server: the API lies under `/api/v3`. Default false. */
  readonly enterprise?: boolean;
  /** What the job's own token may do. Default: everything the action asks for. */
  readonly permissions?: TokenGrant['permissions'];
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

/** A GitHub of one repository on the loopback interface, to be seeded, disturbed and inspected. */
export interface FakeGithub extends PullControls {
  /** GITHUB_API_URL. */
  readonly url: string;
  /** GITHUB_SERVER_URL. */
  readonly serverUrl: string;
  /** The job's own token: speaks as github-actions[bot]. */
  readonly token: string;
  readonly repository: { readonly owner: string; readonly name: string };
  /** Everything asked and answered, in order of the answers. */
  readonly exchanges: readonly Exchange[];
  /** Exchanges of one route, as the API description spells it: `GET /repos/{owner}/{repo}/pulls`. */
  requests(route: string): readonly Exchange[];

  /** Default author: a person called `octocat`. */
  seedComment(issue: number, body: string, author?: Actor): StoredComment;
  /** Default actor: the job's own app. */
  seedCheckRun(seed: Pick<StoredCheckRun, 'headSha' | 'name'> & Partial<StoredCheckRun>): StoredCheckRun;
  /** One in the shared environment of pull requests' databases, without a status. */
  seedDeployment(task: string): void;
  /** A commit that was pushed straight to a branch. */
  seedCommit(sha?: string): string;
  /** Another token; the text is returned. */
  addToken(actor: Actor, permissions?: TokenGrant['permissions']): string;
  /** Changes what the job's own token may do. */
  permit(permissions: TokenGrant['permissions']): void;

  /** As in the repository's settings: open pull requests into the old one follow. */
  renameDefaultBranch(name: string): void;
  protect(branch: string): void;
  /** What a person may do. Default: read. */
  allow(login: string, permission: 'admin' | 'write' | 'read'): void;

  editComment(id: number, body: string): void;
  deleteComment(id: number): void;

  /** Comments of an issue or pull request, oldest first. */
  comments(number: number): readonly StoredComment[];
  /** Files on a branch by path; `undefined` when it does not exist. */
  files(branch: string): Readonly<Record<string, string>> | undefined;
  /** A push of a person to a branch, which may be a new one. */
  pushFiles(branch: string, files: Readonly<Record<string, string>>, message?: string): string;
  /** Of the newest commit of a branch. */
  commitMessage(branch: string): string;
  /** As in Settings, Actions: whether workflows may open pull requests. */
  letActionsOpenPulls(allowed: boolean): void;
  issues(): readonly StoredIssue[];
  checkRuns(headSha?: string): readonly StoredCheckRun[];
  deployments(): readonly StoredDeployment[];
  dispatches(): GithubState['dispatches'];
  reactions(): GithubState['reactions'];
  /** Events that were sent to the repository. */
  sentEvents(): GithubState['sentEvents'];

  /**
   * What the runner would hand to a job for this event: variables and payload (the caller writes the file and sets
   * GITHUB_EVENT_PATH).
   */
  event(choice: EventChoice): RunnerEvent;
  fault(fault: Fault): void;
  stop(): Promise<void>;
}

/** Starts one. Stop it when done: nothing else ends its server. */
export async function startGithub(options: GithubOptions = {}): Promise<FakeGithub> {
  const now = options.now ?? (() => new Date());
  const state = emptyState(options.owner ?? 'acme', options.name ?? 'shop', {
    private: options.private ?? true,
    defaultBranch: options.defaultBranch ?? 'main'
  });
  const token = 'ghs_fakeTokenOfTheJob0000000000000000000';
  const serverState: ServerState = {
    state,
    tokens: new Map([[token, { actor: GITHUB_ACTIONS_BOT, permissions: options.permissions ?? ALL_PERMISSIONS }]]),
    faults: faultBook(),
    exchanges: [],
    basePath: options.enterprise === true ? '/api/v3' : '',
    html: options.enterprise === true ? 'https://github.example.com' : 'https://github.com',
    now
  };
  const { server, origin } = await listen(serverState);
  const url = `${origin}${serverState.basePath}`;

  return {
    ...pullControls(state, now),
    url,
    serverUrl: serverState.html,
    token,
    repository: { owner: state.owner, name: state.name },
    exchanges: serverState.exchanges,
    files: branch => filesOn(state, branch),
    pushFiles: (branch, files, message) => pushFiles(state, branch, files, message),
    commitMessage: branch => messageOn(state, branch),
    letActionsOpenPulls: allowed => {
      state.letsActionsOpenPulls = allowed;
    },
    requests: route => serverState.exchanges.filter(exchange => exchange.route === route),

    seedComment(issue, body, author = person('octocat')) {
      const comment: StoredComment = {
        id: takeId(state),
        issue,
        author,
        body,
        createdAt: timestampOf(now),
        updatedAt: timestampOf(now)
      };
      state.comments.push(comment);
      return comment;
    },
    seedDeployment(task) {
      state.deployments.push({
        id: takeId(state),
        actor: GITHUB_ACTIONS_BOT,
        sha: shaOf('deployed'),
        ref: state.defaultBranch,
        task,
        environment: 'pgkeep-ephemeral',
        description: '',
        payload: {},
        transient: true,
        production: false,
        createdAt: timestampOf(now),
        statuses: []
      });
    },
    seedCheckRun(seed) {
      const run: StoredCheckRun = {
        id: takeId(state),
        actor: GITHUB_ACTIONS_BOT,
        externalId: '',
        detailsUrl: '',
        status: 'completed',
        conclusion: 'success',
        title: seed.name,
        summary: '',
        text: undefined,
        startedAt: timestampOf(now),
        completedAt: timestampOf(now),
        ...seed
      };
      state.checkRuns.push(run);
      return run;
    },
    seedCommit(sha = shaOf(`commit ${state.commits.length}`)) {
      state.commits.push(sha);
      return sha;
    },
    addToken(actor, permissions = ALL_PERMISSIONS) {
      const text = `${actor.app === undefined ? 'github_pat_' : 'ghs_'}fakeTokenOf${actor.login.replaceAll(/\W/g, '')}${serverState.tokens.size}`;
      serverState.tokens.set(text, { actor, permissions });
      return text;
    },
    permit(permissions) {
      serverState.tokens.set(token, { actor: GITHUB_ACTIONS_BOT, permissions });
    },

    renameDefaultBranch(name) {
      for (const { pull } of state.issues) if (pull?.baseRef === state.defaultBranch) pull.baseRef = name;
      state.defaultBranch = name;
    },
    allow(login, permission) {
      state.collaborators[login] = permission;
    },
    protect(branch) {
      state.protectedBranches.push(branch);
    },

    editComment(id, body) {
      const comment = state.comments.find(each => each.id === id);
      if (comment === undefined) throw new Error(`there is no comment ${id}`);
      comment.body = body;
    },
    deleteComment(id) {
      state.comments = state.comments.filter(comment => comment.id !== id);
    },

    comments: number => state.comments.filter(comment => comment.issue === number).sort((a, b) => a.id - b.id),
    issues: () => state.issues,
    checkRuns: headSha => state.checkRuns.filter(run => headSha === undefined || run.headSha === headSha),
    deployments: () => state.deployments,
    dispatches: () => state.dispatches,
    reactions: () => state.reactions,
    sentEvents: () => state.sentEvents,

    event: choice => eventOf(state, { api: url, html: serverState.html }, choice),
    fault: fault => serverState.faults.add(fault),
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) => {
        server.close(failed => {
          if (failed === undefined) resolve();
          else reject(failed);
        });
      });
    }
  };
}
