import { primaryRateLimit } from '../clouds/github/github.ts';
import { databaseNameOf } from '../../src/ephemeral/names.ts';
import { query } from '../support/client.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';
import type { Step } from '../support/job.ts';

const inSomeDays = '2099-01-01T00:00:00Z';

interface Seed {
  readonly pullRequest: number;
  readonly repository?: string;
  readonly expiresAt?: string;
  /** Default true. */
  readonly isMarked?: boolean;
  /** Default: the role alone, as of a run that was killed in between. */
  readonly hasDatabase?: boolean;
}

/** Statements that leave behind what a run would have made. */
function remains(seed: Seed): readonly string[] {
  const { pullRequest, repository = 'acme/shop', expiresAt = inSomeDays, isMarked = true, hasDatabase = false } = seed;
  const identity = { repository, name: 'orders', environment: '', pullRequest };
  const name = databaseNameOf(identity);
  const comment = `'${JSON.stringify({ version: 1, ...identity, expiresAt })}'`;
  return [
    `create role ${name} login`,
    ...(isMarked ? [`comment on role ${name} is ${comment}`] : []),
    ...(hasDatabase ? [`create database ${name} owner ${name} strategy file_copy`] : []),
    ...(hasDatabase && isMarked ? [`comment on database ${name} is ${comment}`] : [])
  ];
}

describe('a sweep over 500 marks', () => {
  let harness: EphemeralHarness;
  const sweep = async (inputs: Readonly<Record<string, string>> = {}): Promise<Step> =>
    harness.run({ name: 'schedule' }, inputs);

  beforeAll(async () => {
    harness = await openEphemeralHarness();
    const seeds: Seed[] = [];
    for (let number = 1; number <= 450; number += 1) {
      harness.github.seedPull({ number });
      seeds.push({ pullRequest: number, hasDatabase: number <= 2 });
    }
    for (let number = 501; number <= 540; number += 1) {
      // Ten of them are of numbers that GitHub has never heard of.
      if (number <= 530) {
        harness.github.seedPull({ number });
        harness.github.close(number);
      }
      seeds.push({ pullRequest: number, hasDatabase: number % 10 === 0 });
    }
    for (const pullRequest of [601, 602, 603]) {
      seeds.push({ pullRequest, repository: 'acme/other', hasDatabase: pullRequest === 601 });
    }
    for (const pullRequest of [701, 702]) {
      seeds.push({ pullRequest, isMarked: false, hasDatabase: pullRequest === 701 });
    }
    for (let number = 1; number <= 5; number += 1) seeds.push({ pullRequest: 800 + number, hasDatabase: false });
    for (let number = 801; number <= 805; number += 1) harness.github.seedPull({ number });
    const statements = seeds.flatMap(remains);
    const isAlone = (statement: string): boolean => statement.startsWith('create database');
    const ofDatabase = (statement: string): boolean => statement.startsWith('comment on database');
    await harness.sql(statements.filter(one => !isAlone(one) && !ofDatabase(one)).join('; '));
    for (const statement of statements.filter(isAlone)) await harness.sql(statement);
    await harness.sql(statements.filter(ofDatabase).join('; '));
  }, 120_000);
  afterAll(async () => harness.close());

  const numbers = async (): Promise<readonly number[]> => {
    const standing = (await harness.standing()).filter(what => what.startsWith('role'));
    return standing.map(what => Number(what.replace('role pr_', ''))).sort((a, b) => a - b);
  };
  const closed = Array.from({ length: 40 }, (_, index) => 501 + index);

  test('lists in a dry run the databases it would remove, and removes nothing', async () => {
    const before = await numbers();
    expect(before).toHaveLength(500);
    const step = await sweep({ dry_run: 'true' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'sweep', result: 'planned', to_delete: '40', has_changes: 'true' });
    expect(step.summary).toContain('Dry run: 40 would be removed, 455 kept, 5 left alone.');
    expect(step.summary).toContain('pull request #​501 is closed');
    expect(await numbers()).toEqual(before);
  });

  test('keeps one whose pull request is reopened while the list is read', async () => {
    harness.github.fault({
      on: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      before: () => harness.github.reopen(501)
    });
    const step = await sweep({ dry_run: 'true' });
    expect(step.outputs['to_delete']).toBe('39');
    harness.github.close(501);
  });

  test('removes only expired databases when GitHub cannot be asked', async () => {
    const name = databaseNameOf({ repository: 'acme/shop', name: 'orders', environment: '', pullRequest: 5 });
    const mark = {
      version: 1,
      repository: 'acme/shop',
      name: 'orders',
      environment: '',
      pullRequest: 5,
      expiresAt: '2020-01-01T00:00:00Z'
    };
    await harness.sql(`comment on role ${name} is '${JSON.stringify(mark)}'`);
    const limit = primaryRateLimit(new Date(Date.now() + 3_000_000));
    harness.github.fault({ on: 'POST /graphql', answer: limit });
    const step = await sweep();
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ result: 'swept', to_delete: '1' });
    expect(step.annotations.map(({ message }) => message).join()).toContain('only expired databases are removed');
    expect(await numbers()).toEqual((await numbers()).filter(number => number !== 5));
    expect(await numbers()).toHaveLength(499);
  });

  test('removes the 40 of closed pull requests with their databases, and nothing else', async () => {
    const before = await numbers();
    const step = await sweep();
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ result: 'swept', to_delete: '40' });
    expect(await numbers()).toEqual(before.filter(number => !closed.includes(number)));
    const databases = (await harness.standing()).filter(what => what.startsWith('database'));
    expect(databases.map(what => Number(what.replace('database pr_', ''))).sort((a, b) => a - b)).toEqual([
      1, 2, 601, 701
    ]);
    expect(step.summary).toContain('Swept: 40 removed, 454 kept, 5 left alone.');
    expect(step.log).toContain('belongs to acme/other');
    expect(step.log).toContain('carries no ownership mark');
  });

  test('reports failed removals, and removes the rest', async () => {
    harness.github.close(1);
    harness.github.close(2);
    const name = databaseNameOf({ repository: 'acme/shop', name: 'orders', environment: '', pullRequest: 1 });
    const url = new URL(harness.server.outputs['database_url'] ?? '');
    url.pathname = name;
    await query(
      url.href,
      "create subscription held connection 'dbname=nowhere' publication none with (connect = false, slot_name = none)"
    );
    const step = await sweep();
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', to_delete: '1' });
    expect(step.summary).toContain('❌ failed');
    expect(step.summary).toContain('being used by logical replication subscription');
    expect(await numbers()).not.toContain(2);
  });

  test('needs inputs that say which databases to sweep', async () => {
    const step = await harness.run({ name: 'workflow_dispatch' }, { command: 'sweep', ephemeral: '' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
  });

  test('has nothing to do without a base', async () => {
    const step = await sweep({ base_database: 'nowhere' });
    expect(step.outputs).toMatchObject({ result: 'no-changes', to_delete: '0' });
  });
});
