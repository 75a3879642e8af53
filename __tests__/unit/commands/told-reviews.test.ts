import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { aboutPullRequest } from '../../../src/commands/about-pull-request.ts';
import { apply } from '../../../src/commands/apply.ts';
import { check } from '../../../src/commands/check.ts';
import type { Command } from '../../../src/commands/command.ts';
import { deployRefsOf } from '../../../src/commands/deploy-refs.ts';
import { doctor } from '../../../src/commands/doctor.ts';
import { plan } from '../../../src/commands/plan.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { planApply } from '../../../src/engine/planner.ts';
import { readEvent } from '../../../src/github/event.ts';
import { recordName, recordOf, recordTexts, type PlanRecord } from '../../../src/review/record.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { READ_ONLY, serverError, shaOf, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { expectGolden } from '../../support/golden.ts';
import { NO_PERMITS } from '../../support/resources.ts';
import { CLOUD, sections, server, TABLES, wanted, type Row, type Told } from '../../support/told-run.ts';

let github: FakeGithub;
let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'pgkeep-reviews-'));
});
beforeEach(async () => {
  github = await startGithub();
  for (const number of [6, 7, 8]) github.seedPull({ number });
});
afterEach(async () => github.stop());
afterAll(() => rmSync(workspace, { recursive: true }));

const GROWS: Told = { live: [server({ size: 10 })], wanted: [wanted()] };
const SMALLER: Told = { live: [server({ size: 10 })], wanted: [wanted({ size: 15 })] };
function planOf({ live = [], wanted: desired = [] }: Told): Plan {
  return planApply({ target: CLOUD, desired, observed: live, tables: TABLES, notices: [], allowances: NO_PERMITS });
}

/** Records the plan on a pull request, as its own run did. */
function record(number: number, made: Plan = planOf(GROWS), more: Partial<PlanRecord> = {}): void {
  const whole = { ...recordOf(made, TABLES, new Date('2026-01-01T00:00:00Z')), ...more };
  github.seedCheckRun({
    headSha: github.issue(number).pull?.headSha ?? '',
    name: recordName(CLOUD),
    externalId: whole.digest,
    text: recordTexts(whole)[0]?.({ characters: 65_535, bytes: 65_535 }) ?? ''
  });
}

/** A run for an event of the fake GitHub. */
function on(choice: EventChoice, given: Told = GROWS): Told {
  const { env, payload } = github.event(choice);
  const event = readEvent(env, JSON.stringify(payload));
  return { ...given, event: { ...event, ...given.event }, secrets: { github_token: github.token } };
}

/** Several tables, each with what it finds on GitHub; a GitHub for each. */
async function each(tables: readonly (() => readonly Row[])[]): Promise<string> {
  const texts: string[] = [];
  for (const rows of tables) {
    await github.stop();
    github = await startGithub();
    for (const number of [6, 7, 8]) github.seedPull({ number });
    texts.push(await sections(rows()));
    const begun = github.checkRuns().map(({ text = '' }) => /"begunFor":"[^"]+"/.exec(text)?.[0] ?? 'not begun');
    if (begun.length > 0) texts.push(`# records\n${begun.join('\n')}\n`);
  }
  // The port of the fake.
  return texts.join('\n').replaceAll(github.url, 'https://api.example');
}

const REQUIRED: Told = { ...GROWS, run: { approval: 'required' } };
const BOTH: Told = {
  live: [server({ size: 10, class: 'a' })],
  wanted: [wanted({ size: 20, class: 'b' })]
};
const REST: Told = { ...BOTH, live: [server({ size: 20, class: 'a' })] };
const OFF: Told = { ...GROWS, run: { approval: 'off' } };
const LIST = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';

test('an apply and a merge queue ask for the plan that was reviewed', async () => {
  const text = await each([
    () => {
      const sha = github.seedCommit();
      return [
        ['a commit of no pull request', apply, on({ name: 'push', sha })],
        ['a commit of no pull request, where a review is required', apply, on({ name: 'push', sha }, REQUIRED)],
        ['a commit of no pull request, without reviews', apply, on({ name: 'push', sha }, OFF)],
        ["a pull request's database", apply, { ...on({ name: 'push', sha }), target: { pullRequest: 7 } }]
      ];
    },
    () => {
      record(7);
      const sha = github.merge(7);
      return [
        ['the reviewed plan', apply, on({ name: 'push', sha })],
        ['the reviewed plan, once more', apply, on({ name: 'push', sha })],
        ['another plan', apply, on({ name: 'push', sha }, SMALLER)],
        ['another plan, without reviews', apply, on({ name: 'push', sha }, { ...SMALLER, run: { approval: 'off' } })],
        [
          'the reviewed plan of another database',
          apply,
          { ...on({ name: 'push', sha }), target: { region: 'eu-north-1' } }
        ]
      ];
    },
    () => {
      record(7);
      github.seedPull({ number: 9, baseRef: 'develop' });
      record(9);
      const [sha, other] = [github.merge(7), github.merge(9)];
      return [
        ['a merge into another branch', apply, on({ name: 'push', sha: other })],
        [
          'a merge into a named branch',
          apply,
          on(
            { name: 'push', sha: other, ref: 'refs/heads/develop' },
            { ...GROWS, run: { deploy_branches: ['develop'] } }
          )
        ],
        ['a release', apply, on({ name: 'release', tag: 'v1', sha })],
        ['its own pull request', apply, on({ name: 'pull_request', number: 8 })]
      ];
    },
    () => {
      record(7, planOf({ ...BOTH, wanted: [wanted({ size: 20, class: 'a' })] }));
      record(8, planOf(REST));
      const { before, sha } = github.mergeTogether(7, 8);
      return [
        ['two of one push', apply, on({ name: 'push', sha, before }, BOTH)],
        ['the rest of two', apply, on({ name: 'push', sha, before }, REST)]
      ];
    },
    () => {
      record(7, planOf(BOTH));
      const sha = github.merge(7);
      return [
        ['a plan of two fields', apply, on({ name: 'push', sha }, BOTH)],
        ['the rest of it', apply, on({ name: 'push', sha }, REST)],
        ['the rest of it, in a queue', check, { ...on({ name: 'merge_group', number: 7 }, REST) }]
      ];
    },
    () => {
      record(7);
      const sha = github.merge(7);
      github.permit({ ...READ_ONLY });
      return [['a record that may not be written', apply, on({ name: 'push', sha })]];
    },
    () => {
      github.fault({ on: LIST, answer: serverError(), times: 99 });
      return [
        ['GitHub does not answer', apply, on({ name: 'push' })],
        ['GitHub does not answer, without reviews', apply, on({ name: 'push' }, OFF)]
      ];
    },
    () => {
      github.permit({});
      return [
        ['GitHub may not be asked', apply, on({ name: 'push' })],
        ['GitHub may not be asked, where a review is required', apply, on({ name: 'push' }, REQUIRED)],
        ['GitHub may not be asked, without reviews', apply, on({ name: 'push' }, OFF)]
      ];
    },
    () => {
      record(7);
      return [
        [
          'a queue without changes',
          check,
          on({ name: 'merge_group', number: 7 }, { live: [server()], wanted: [wanted()] })
        ],
        ['a queue with the reviewed plan', check, on({ name: 'merge_group', number: 7 })],
        ['a queue with another plan', check, on({ name: 'merge_group', number: 7 }, SMALLER)],
        [
          'a queue with another plan, without reviews',
          check,
          on({ name: 'merge_group', number: 7 }, { ...SMALLER, run: { approval: 'off' } })
        ],
        ['a queue with a plan that was not reviewed', check, on({ name: 'merge_group', number: 8 })],
        [
          'a queue with a plan that was not reviewed, where that is required',
          check,
          on({ name: 'merge_group', number: 8 }, REQUIRED)
        ],
        [
          'a queue with a refused plan',
          check,
          on({ name: 'merge_group', number: 7 }, { live: [server({ size: 30 })], wanted: [wanted()] })
        ],
        [
          'a queue with something unknown',
          check,
          on(
            { name: 'merge_group', number: 7 },
            {
              live: [server({ size: 20 }, { unknown: { class: 'rds:Describe' } })],
              wanted: [wanted({ size: 20, class: 'a' })]
            }
          )
        ]
      ];
    },
    () => {
      record(7, planOf(GROWS), { begunFor: 'f00d' });
      github.merge(7);
      const lone: Told = { live: [server({ size: 20 }, { ownership: { kind: 'unmarked' } })], wanted: [wanted()] };
      return [
        ['a mark that was taken off', plan, on({ name: 'push' }, lone)],
        [
          'a mark that was taken off, of a pull request',
          plan,
          { ...on({ name: 'push' }, lone), target: { pullRequest: 7 } }
        ],
        [
          'a mark that was taken off, on a terminal',
          plan,
          on({ name: 'push' }, { ...lone, event: { kind: 'other', name: 'terminal' } })
        ],
        ['a mark that was taken off, without a token', plan, { ...on({ name: 'push' }, lone), secrets: {} }],
        ['a mark that is there', plan, on({ name: 'push' }, { ...lone, live: [server()] })],
        [
          'marks of others that are there',
          plan,
          on(
            { name: 'push' },
            { ...lone, live: [...(lone.live ?? []), server({}, { address: 'thing', type: 'thing', title: 'thing a' })] }
          )
        ],
        ['a mark of another database', plan, { ...on({ name: 'push' }, lone), target: { environment: 'staging' } }]
      ];
    },
    () => {
      github.permit({});
      const lone: Told = { live: [server({ size: 20 }, { ownership: { kind: 'unmarked' } })], wanted: [wanted()] };
      return [['earlier plans that may not be read', plan, on({ name: 'push' }, lone)]];
    }
  ]);
  expectGolden('commands-review.txt', text);
});

/** What a run of another event is about, as a command. */
const about: Command = async run => {
  const { pullRequestNumber, headSha, about: found } = await aboutPullRequest(run);
  return { command: 'plan', result: 'planned', remark: JSON.stringify([pullRequestNumber ?? 'none', headSha, found]) };
};
const refs: Command = async run => ({
  command: 'plan',
  result: 'planned',
  remark: JSON.stringify(await deployRefsOf(run))
});
/** A workspace in which this commit is checked out. */
function holding(commit: string): Told {
  const git = path.join(workspace, commit, '.git');
  mkdirSync(git, { recursive: true });
  writeFileSync(path.join(git, 'HEAD'), `${commit}\n`);
  return { workspace: path.dirname(git) };
}
const names = (pull_request: number, more: Told = {}): Told => ({ run: { pull_request }, ...more });

test('a run knows the pull request that it is about, the branches that are deployed, and whether they are protected', async () => {
  const noBranch: Told = { event: { defaultBranch: undefined } };
  const text = await each([
    () => {
      github.seedPull({ number: 9, fork: 'mallory' });
      const [head, forked] = [7, 9].map(number => github.issue(number).pull?.headSha ?? '');
      const merged = github.merge(8);
      return [
        ['a push', about, on({ name: 'push' }, {})],
        ['its own pull request', about, on({ name: 'pull_request', number: 7 }, {})],
        ['its own pull request, named', about, on({ name: 'pull_request', number: 7 }, names(7))],
        ['another than its own', about, on({ name: 'pull_request', number: 7 }, names(6))],
        ['another than that of the queue', about, on({ name: 'merge_group', number: 7 }, names(6))],
        ['a named one', about, on({ name: 'push' }, names(7))],
        ['a named one that is checked out', about, on({ name: 'push' }, names(7, holding(head ?? '')))],
        ['a named one, with another commit', about, on({ name: 'push' }, names(7, holding(shaOf('other'))))],
        ['a merged one, with its merge commit', about, on({ name: 'push' }, names(8, holding(merged)))],
        ['a fork', about, on({ name: 'push' }, names(9))],
        ['a fork that is checked out', about, on({ name: 'push' }, names(9, holding(forked ?? '')))],
        ['a named one that does not exist', about, on({ name: 'push' }, names(77))],
        ['a comment', about, on({ name: 'issue_comment', number: 7 }, {})],
        [
          'a comment on no pull request',
          about,
          {
            ...on({ name: 'issue_comment', number: 7 }, {}),
            event: { ...on({ name: 'issue_comment', number: 7 }, {}).event, pullRequestNumber: 77 }
          }
        ],
        ['branches of an event', refs, on({ name: 'push' }, {})],
        ['branches of an event that names none', refs, on({ name: 'push' }, noBranch)],
        [
          'branches of the inputs',
          refs,
          on({ name: 'push' }, { ...noBranch, run: { deploy_branches: ['main', 'v*'] } })
        ],
        ['a branch without protection', doctor, on({ name: 'push' }, {})],
        ['a branch without protection, with reviews', doctor, on({ name: 'push' }, { run: { approval: 'required' } })],
        ['no branch', doctor, on({ name: 'push' }, { ...noBranch, run: { deploy_branches: ['main'] } })],
        ['a branch, and no token', doctor, { ...on({ name: 'push' }, {}), secrets: {} }],
        ['a fork, for the doctor', doctor, on({ name: 'pull_request', number: 9 }, {})]
      ];
    },
    () => {
      github.protect('main');
      return [['a protected branch', doctor, on({ name: 'push' }, {})]];
    },
    () => {
      github.permit({});
      return [
        ['a named one that may not be read', about, on({ name: 'push' }, names(7))],
        ['a comment that may not be read', about, on({ name: 'issue_comment', number: 7 }, {})],
        ['a branch that may not be read', doctor, on({ name: 'push' }, {})]
      ];
    },
    () => {
      github.fault({ on: 'GET /repos/{owner}/{repo}', answer: serverError(), times: 99 });
      return [['branches that may not be read', refs, on({ name: 'push' }, noBranch)]];
    }
  ]);
  expectGolden('commands-event.txt', text);
});
