import { startDigitalOcean, type FakeDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { person, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { basic } from '../../support/digitalocean-inputs.ts';
import { stepsIn, type StepResult, type StepRun } from '../../support/step-in-process.ts';

type With = Readonly<Record<string, string>>;

interface Place {
  readonly cloud: FakeDigitalOcean;
  readonly github: FakeGithub;
  /** A step of this repository, about the smallest cluster. A variable that is empty is not set. */
  readonly step: (inputs?: With, stepRun?: StepRun) => Promise<StepResult>;
  /** The same in a job with other files in its workspace. */
  readonly withFiles: (files: With) => (inputs?: With, stepRun?: StepRun) => Promise<StepResult>;
}

interface Row {
  /** The hint, to the words that tell what to do. */
  readonly says: RegExp;
  readonly refused: (place: Place) => Promise<StepResult>;
  /** Does what the hint says. The last step counts. */
  readonly followed: (place: Place) => Promise<StepResult>;
}

let place: Place;
beforeEach(async () => {
  const [cloud, github] = [await startDigitalOcean(), await startGithub()];
  const withFiles: Place['withFiles'] = files => {
    const step = stepsIn(cloud.env, files);
    return async (inputs = {}, stepRun = {}) => {
      const all = { cloud_provider: 'digitalocean', github_token: github.token, ...basic(), ...inputs };
      const given = Object.entries(all).filter(([, value]) => value !== '');
      return step(Object.fromEntries(given), { event: github.event({ name: 'push' }), ...stepRun });
    };
  };
  place = { cloud, github, step: withFiles({}), withFiles };
});
afterEach(async () => {
  await place.cloud.stop();
  await place.github.stop();
});

const apply: With = { command: 'apply' };
const destroy: With = { command: 'destroy', confirm_destroy: 'orders' };
const unmark = ({ cloud }: Place): void => {
  for (const cluster of cloud.state.clusters.values()) {
    cluster.tags = [];
    for (const replica of cluster.replicas.values()) replica.tags = [];
  }
};
const other: StepRun = { env: { GITHUB_REPOSITORY: 'acme/other', GITHUB_REPOSITORY_ID: '4711' } };
const byHand = ({ github }: Place): StepRun => ({ event: github.event({ name: 'workflow_dispatch' }) });
const onPull = ({ github }: Place, number: number): StepRun => ({
  event: github.event({ name: 'pull_request', number })
});
const onComment = ({ github }: Place): StepRun => ({ event: github.event({ name: 'issue_comment', number: 7 }) });
const headOf = ({ github }: Place, number: number): string => github.issue(number).pull?.headSha ?? '';

const ROWS: Readonly<Record<string, Row>> = {
  'a pull request that does not exist': {
    says: /Set `pull_request` to the number of a pull request of this repository/,
    refused: async at => at.step({ pull_request: '4711' }, byHand(at)),
    followed: async at => at.step({ pull_request: String(at.github.seedPull().number) }, byHand(at))
  },
  'another pull request than that of the event': {
    says: /Leave `pull_request` out on pull request events/,
    refused: async at => at.step({ pull_request: '4711' }, onPull(at, at.github.seedPull({ number: 7 }).number)),
    followed: async at => at.step({}, onPull(at, 7))
  },
  'to destroy by another plan than the confirmed one': {
    says: /set `confirm_plan` to the output `plan_digest` of this run/,
    refused: async at => {
      await at.step(apply);
      return at.step({ ...destroy, confirm_plan: '0'.repeat(64) });
    },
    followed: async at => {
      const { outputs } = await at.step({ ...destroy, confirm_plan: '0'.repeat(64) });
      expect([outputs['failure_reason'], at.cloud.state.clusters.size]).toEqual(['plan-changed', 1]);
      return at.step({ ...destroy, confirm_plan: outputs['plan_digest'] ?? '' });
    }
  },
  'the code of a fork, beside secrets': {
    says: /Plan forks on the event `pull_request`/,
    refused: async at => {
      at.github.seedPull({ number: 7, fork: 'stranger' });
      const files = { '.git/HEAD': headOf(at, 7) };
      return at.withFiles(files)({ pull_request: '7' }, byHand(at));
    },
    followed: async at => at.step({}, onPull(at, 7))
  },
  'the same, without its `ref`': {
    says: /leave `ref` out of actions\/checkout/,
    refused: async at => {
      at.github.seedPull({ number: 7, fork: 'stranger' });
      const files = { '.git/HEAD': headOf(at, 7) };
      return at.withFiles(files)({ pull_request: '7' }, byHand(at));
    },
    followed: async at => at.withFiles({ '.git/HEAD': at.github.seedCommit() })({ pull_request: '7' }, byHand(at))
  },
  'an apply without a review': {
    says: /or set `approval: when-present`/,
    refused: async at => at.step({ ...apply, approval: 'required' }),
    followed: async at => at.step({ ...apply, approval: 'when-present' })
  },
  'an apply without a review, which is then made': {
    says: /Make the change in a pull request of this repository whose plan is recorded/,
    refused: async at => at.step({ ...apply, approval: 'required' }),
    followed: async at => {
      const { number } = at.github.seedPull();
      await at.step({ approval: 'required' }, onPull(at, number));
      const sha = at.github.merge(number);
      return at.step({ ...apply, approval: 'required' }, { event: at.github.event({ name: 'push', sha }) });
    }
  },
  'a branch that everyone may push to': {
    says: /Protect the branch \(Settings, Rules\)/,
    refused: async at => at.step({ command: 'doctor' }),
    followed: async at => {
      at.github.protect('main');
      return at.step({ command: 'doctor' });
    }
  },
  'a branch that everyone may push to, whose pushes are not applied': {
    says: /or set `approval: required`/,
    refused: async at => at.step({ command: 'doctor' }),
    followed: async at => at.step({ command: 'doctor', approval: 'required' })
  },
  'an event without a rule': {
    says: /Set `command` to one of `plan`, `apply`/,
    refused: async at => at.step({}, { env: { GITHUB_EVENT_NAME: 'watch' } }),
    followed: async at => at.step({ command: 'plan' }, { env: { GITHUB_EVENT_NAME: 'watch' } })
  },
  'an event without a rule, that is about a pull request': {
    says: /or name a pull request with `pull_request`/,
    refused: async at => {
      at.github.seedPull({ number: 7 });
      return at.step({}, onComment(at));
    },
    followed: async at => at.step({ pull_request: '7' }, onComment(at))
  },
  'a database of no pull request': {
    says: /Run this step on `pull_request` events/,
    refused: async at => at.step({ ...apply, ephemeral: 'instance' }),
    followed: async at => at.step({ ...apply, ephemeral: 'instance' }, onPull(at, at.github.seedPull().number))
  },
  'a database of no pull request, until one is named': {
    says: /or name a pull request in `pull_request`/,
    refused: async at => at.step({ ephemeral: 'instance', command: 'plan' }, byHand(at)),
    followed: async at => {
      const named = String(at.github.seedPull().number);
      return at.step({ ephemeral: 'instance', command: 'plan', pull_request: named }, byHand(at));
    }
  },
  'a server that lasts, as that of no pull request': {
    says: /remove `ephemeral`/,
    refused: async at => {
      await at.step(apply);
      return at.step({ command: 'check', ephemeral: 'instance' });
    },
    followed: async at => at.step({ command: 'check' })
  },
  'a database of no pull request, to be removed': {
    says: /use `command: sweep`/,
    refused: async at => at.step({ ...apply, ephemeral: 'instance' }),
    followed: async at => at.step({ command: 'sweep', ephemeral: 'instance' })
  },
  'an import of what another repository keeps': {
    says: /Run the workflow that owns it; `command: release` there takes its mark off/,
    refused: async at => {
      await at.step(apply, other);
      return at.step({ command: 'import' });
    },
    followed: async at => {
      await at.step({ command: 'release' }, other);
      return at.step({ command: 'import' });
    }
  },
  'an import of what does not exist': {
    says: /Correct `name`, the region or the account/,
    refused: async at => {
      await at.step(apply);
      return at.step({ command: 'import', name: 'order' });
    },
    followed: async at => at.step({ command: 'import' })
  },
  'an operation without a server': {
    says: /Apply it first; or correct `name`, the region or the account/,
    refused: async at => at.step({ command: 'rotate' }),
    followed: async at => {
      await at.step(apply);
      return at.step({ command: 'rotate' });
    }
  },
  'outputs of another environment': {
    says: /Set `name` and `environment` to those of the database that this workflow keeps/,
    refused: async at => {
      await at.step({ ...apply, environment: 'staging' });
      return at.step({ command: 'outputs' });
    },
    followed: async at => at.step({ command: 'outputs', environment: 'staging' })
  },
  'outputs of what does not exist': {
    says: /Apply it first; or correct `name`, the region or the account/,
    refused: async at => at.step({ command: 'outputs' }),
    followed: async at => {
      await at.step(apply);
      return at.step({ command: 'outputs' });
    }
  },
  'outputs of what was replaced by its replica': {
    says: /Write `name: orders-replica-1` and its region nyc3 into the inputs of the workflow/,
    refused: async at => {
      await at.step({ ...apply, create_read_replica: 'true' });
      for (const cluster of at.cloud.state.clusters.values()) cluster.untilBackup = 0;
      await at.step({ command: 'promote', confirm_promote: 'orders-replica-1' });
      return at.step({ command: 'outputs' });
    },
    followed: async at => at.step({ command: 'outputs', name: 'orders-replica-1' })
  },
  'a plan of what was replaced by its replica': {
    says: /Write `name: orders-replica-1`, and its region nyc3, into the inputs of the workflow/,
    refused: async at => {
      await at.step({ ...apply, create_read_replica: 'true' });
      for (const cluster of at.cloud.state.clusters.values()) cluster.untilBackup = 0;
      await at.step({ command: 'promote', confirm_promote: 'orders-replica-1' });
      return at.step(apply);
    },
    followed: async at => at.step({ ...apply, name: 'orders-replica-1' })
  },
  'a plan of what a repository of this name made before this one': {
    says: /To keep this database, remove its ownership mark by hand .*`adopt_existing: <name>`/,
    refused: async at => {
      await at.step(apply, { env: { GITHUB_REPOSITORY_ID: '4711' } });
      return at.step(apply, { env: { GITHUB_REPOSITORY_ID: '4712' } });
    },
    followed: async at => {
      unmark(at);
      return at.step({ ...apply, adopt_existing: 'orders' }, { env: { GITHUB_REPOSITORY_ID: '4712' } });
    }
  },
  'a plan of what a repository of another name made before marks held an id': {
    says: /If this repository was renamed before its marks held an id: To keep this database/,
    refused: async at => {
      await at.step(apply, { env: { GITHUB_REPOSITORY_ID: '' } });
      return at.step(apply, { env: { GITHUB_REPOSITORY: 'acme/renamed', GITHUB_REPOSITORY_ID: '4712' } });
    },
    followed: async at => {
      unmark(at);
      const renamed = { GITHUB_REPOSITORY: 'acme/renamed', GITHUB_REPOSITORY_ID: '4712' };
      return at.step({ ...apply, adopt_existing: 'orders' }, { env: renamed });
    }
  },
  'a release of what does not exist': {
    says: /Correct `name`, the region or the account/,
    refused: async at => {
      await at.step(apply);
      return at.step({ command: 'release', name: 'order' });
    },
    followed: async at => at.step({ command: 'release' })
  },
  'a release of what another repository keeps': {
    says: /Run `command: release` in the workflow that owns it/,
    refused: async at => {
      await at.step(apply, other);
      return at.step({ command: 'release' });
    },
    followed: async at => at.step({ command: 'release' }, other)
  },
  'a plan of what another repository keeps': {
    says: /Choose another `name`, or run the workflow that owns it/,
    refused: async at => {
      await at.step(apply, other);
      return at.step(apply);
    },
    followed: async at => at.step({ ...apply, name: 'orders-2' })
  },
  'a plan of what another environment keeps': {
    says: /set `environment` to that of the workflow that owns it/,
    refused: async at => {
      await at.step({ ...apply, environment: 'dev' });
      return at.step(apply);
    },
    followed: async at => at.step({ ...apply, environment: 'dev' })
  },
  'a destroy of what carries no mark': {
    says: /Delete it yourself, or take it over first with `adopt_existing: orders`/,
    refused: async at => {
      await at.step(apply);
      at.cloud.cluster('orders').tags = [];
      return at.step(destroy);
    },
    followed: async at => {
      await at.step({ ...apply, adopt_existing: 'orders' });
      return at.step(destroy);
    }
  },
  'an adoption that would delete a replica of others': {
    says: /Delete it yourself, or leave the input unset that leaves it out/,
    refused: async at => {
      await at.step({ ...apply, create_read_replica: 'true' });
      unmark(at);
      return at.step({ ...apply, adopt_existing: 'orders', create_read_replica: 'false' });
    },
    followed: async at => at.step({ ...apply, adopt_existing: 'orders' })
  },
  'a sweep of nothing': {
    says: /Set `ephemeral` \(and `base_database`\) as in the workflow that creates the databases/,
    refused: async at => at.step({ command: 'sweep' }),
    followed: async at => at.step({ command: 'sweep', ephemeral: 'instance' })
  },
  'a sweep of nothing, where restore checks run': {
    says: /`check_sql` to remove leftovers of restore checks/,
    refused: async at => at.step({ command: 'sweep' }),
    followed: async at => at.step({ command: 'sweep', check_sql: 'check.sql' })
  },
  'a sweep of nothing, where runners are admitted': {
    says: /`runner_access` to remove expired rules for runners/,
    refused: async at => at.step({ command: 'sweep' }),
    followed: async at => at.step({ command: 'sweep', runner_access: 'true', runner_address: '198.51.100.9' })
  },
  'the token of a person, who writes no check runs': {
    says: /Leave `github_token` at its default and give the job `permissions: checks: write`/,
    refused: async at => {
      const { number } = at.github.seedPull({ number: 7 });
      return at.step({ github_token: at.github.addToken(person('ann')) }, onPull(at, number));
    },
    followed: async at => at.step({}, onPull(at, 7))
  },
  'the token of a person, who reads no check runs': {
    says: /Leave `github_token` at its default: a personal access token can't have the permission for check runs/,
    refused: async at => {
      const { number } = at.github.seedPull({ number: 8 });
      const token = at.github.addToken(person('bea'), { contents: 'read', pull_requests: 'write' });
      return at.step({ github_token: token }, onPull(at, number));
    },
    followed: async at => at.step({}, onPull(at, 8))
  },
  'the token of a person without a permission': {
    says: /Give the personal access token in `github_token` the permission `pull-requests: read` for this repository/,
    refused: async at => {
      const { number } = at.github.seedPull({ number: 9 });
      const token = at.github.addToken(person('cai'), { contents: 'read' });
      return at.step({ github_token: token, pull_request: String(number) }, byHand(at));
    },
    followed: async at => {
      const token = at.github.addToken(person('dov'), { contents: 'read', pull_requests: 'read' });
      return at.step({ github_token: token, pull_request: '9' }, byHand(at));
    }
  },
  'an expired token': {
    says: /Renew the token in `github_token`/,
    refused: async at => at.step({ github_token: 'ghs_expired', ...apply, approval: 'required' }),
    followed: async at => at.step({ ...apply, approval: 'when-present' })
  },
  'no token, where one is needed': {
    says: /Leave the input `github_token` at its default, or give it a token\./,
    refused: async at => at.step({ github_token: '', pull_request: '7' }, byHand(at)),
    followed: async at => at.step({ pull_request: String(at.github.seedPull({ number: 7 }).number) }, byHand(at))
  },
  'no token for a comment': {
    says: /Leave the input `github_token` at its default, or give it a token with `pull-requests: write`/,
    refused: async at => at.step({ github_token: '' }, onPull(at, at.github.seedPull({ number: 7 }).number)),
    followed: async at => at.step({}, onPull(at, 7))
  },
  'a size of another cloud, with `strict`': {
    says: /or set `strict: false` to go on with the notices/,
    refused: async at => at.step({ strict: 'true' }),
    followed: async at => at.step({ strict: 'false' })
  },
  'a size of another cloud, with `strict`, in the words of this one': {
    says: /Change or remove these inputs/,
    refused: async at => at.step({ strict: 'true' }),
    followed: async at => at.step({ strict: 'true', instance_class: 'db-s-1vcpu-2gb', tags: '' })
  },
  'a token that DigitalOcean refuses': {
    says: /Set `digitalocean_token`, or DIGITALOCEAN_TOKEN in the environment of the step, to a valid token/,
    refused: async at => at.step({ digitalocean_token: 'dop_v1_revoked' }),
    followed: async at => at.step({ digitalocean_token: at.cloud.env['DIGITALOCEAN_TOKEN'] ?? '' })
  },
  'no token of DigitalOcean': {
    says: /Set `digitalocean_token`, or DIGITALOCEAN_TOKEN in the environment of the step/,
    refused: async at => at.step({}, { env: { DIGITALOCEAN_TOKEN: '', DIGITALOCEAN_ACCESS_TOKEN: '' } }),
    followed: async at =>
      at.step(
        { digitalocean_token: at.cloud.env['DIGITALOCEAN_TOKEN'] ?? '' },
        { env: { DIGITALOCEAN_TOKEN: '', DIGITALOCEAN_ACCESS_TOKEN: '' } }
      )
  }
};

test.each(Object.entries(ROWS))('%s: the hint leads out', async (_what, { says, refused, followed }) => {
  expect((await refused(place)).all).toMatch(says);
  const last = await followed(place);
  expect([last.failed ? last.log : 'green', says.exec(last.all)?.[0]]).toEqual(['green', undefined]);
});

describe('where a cloud finds no login', () => {
  const nothing = { HOME: '/nonexistent', AWS_SECRET_ACCESS_KEY: 'a-part-of-the-keys' };
  const unread = { GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/key.json' };
  const ROLES =
    /configure-aws-credentials|azure\/login|google-github-actions|earlier step|environment of the step|A secret/;
  test.each<[string, With, RegExp]>([
    ['aws', { aws_region: 'eu-west-1' }, /run `aws sso login` or `aws configure`\./],
    ['azure', { location: 'westeurope', resource_group_name: 'shop' }, /Run `az login`\./],
    ['gcp', { gcp_project: 'shop-1', gcp_region: 'europe-west1' }, /Run `gcloud auth application-default login`\./],
    ['digitalocean', { digitalocean_region: 'fra1' }, /Set DIGITALOCEAN_TOKEN in your environment to a valid token/]
  ])('on a terminal %s names its own, and a job gets a step', async (cloud_provider, inputs, own) => {
    const step = stepsIn({ ...nothing, ...unread });
    const given = { cloud_provider, name: 'orders', engine_version: '16', ...inputs };
    for (const command of ['plan', 'doctor']) {
      const onTerminal = await step({ command, ...given }, { env: { GITHUB_EVENT_NAME: 'terminal' } });
      expect(onTerminal.all).toMatch(own);
      expect(onTerminal.all).not.toMatch(ROLES);
      const inJob = await step({ command, ...given });
      expect(inJob.all).not.toMatch(own);
      expect(inJob.all).toMatch(ROLES);
    }
  });
});
