import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { PROMPT } from '../clouds/aws/fake-aws.ts';
import { completePostgres } from '../clouds/aws/live-servers.ts';
import { productionServer } from '../clouds/azure/live-servers.ts';
import { productionCluster } from '../clouds/digitalocean/live-servers.ts';
import { productionInstance } from '../clouds/gcp/live-servers.ts';
import { openAws } from '../support/aws-harness.ts';
import { openAzure } from '../support/azure-harness.ts';
import { openDigitalOcean } from '../support/digitalocean-harness.ts';
import { openGcp } from '../support/gcp-harness.ts';
import type { Workflow } from '../support/examples.ts';
import type { Harness } from '../support/harness.ts';
import type { Job } from '../support/job.ts';
import { movesIn, type MovingIn } from '../support/moves-in.ts';
import { movingFromAws, movingFromAzure, movingFromDigitalOcean, movingFromGcp } from '../support/moving-clouds.ts';

const stepsOf =
  ({ github }: Harness, job: Job): MovingIn['step'] =>
  async (inputs, event) =>
    job.step(inputs, event === undefined ? {} : { event: github.event(event) });

/** The step of docs/coming-from-terraform.md that imports, whose workflow has fifteen lines. */
function documentedStep(): Readonly<Record<string, string>> {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/coming-from-terraform.md'), 'utf8');
  const [, block = ''] = /## In fifteen lines\n\n```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(block.trimEnd().split('\n')).toHaveLength(15);
  const { jobs } = parse(block) as Workflow;
  const steps = jobs['import']?.steps ?? [];
  expect(steps.at(-1)?.run).toBe('cat "${{ steps.move.outputs.import_config }}"');
  const { command, ...given } = steps.find(({ id }) => id === 'move')?.with ?? {};
  expect(command).toBe('import');
  return given as Readonly<Record<string, string>>;
}

/**
 * Each server is as the well-known Terraform module of its cloud makes one for production. The first is adopted in a
 * pull request, whose review tells a later plan that the server was ours.
 */
describe('import, adoption, an empty plan, one change and the release leave nothing but that change', () => {
  test('aws, by the step of the page', async () => {
    const on = await openAws(PROMPT);
    await completePostgres(on.aws, 'orders');
    const job = await on.job();
    const { inputs, unmanaged, differs } = await movesIn({
      step: stepsOf(on.harness, job),
      github: on.harness.github,
      ...movingFromAws(on.aws),
      given: documentedStep()
    });
    expect(inputs).toMatchObject({ multi_az: 'true', parameter_group_name: 'orders-20260102030405' });
    expect(unmanaged).toContain('tags Name, Example, Repository');
    expect(differs).toEqual(['BackupRetentionPeriod']);
    await on.close();
  });

  test('gcp', async () => {
    const on = await openGcp();
    await productionInstance(on.gcp);
    const job = await on.job();
    const { inputs, unmanaged, differs } = await movesIn({
      step: stepsOf(on.harness, job),
      ...movingFromGcp(on.gcp)
    });
    expect(inputs).toMatchObject({ multi_az: 'true', replica_names: 'orders-replica-bi', backup_window: '20:55' });
    // The replica's connections may be unencrypted: the input would change them.
    expect(unmanaged).toContain('`ssl_mode`');
    expect(unmanaged).not.toContain('"read replica');
    const grown = ['json.settings.dataDiskSizeGb', 'json.settings.settingsVersion'];
    expect(differs).toEqual(['orders', 'orders-replica-bi'].flatMap(name => grown.map(one => `${name}.${one}`)));
    await on.close();
  });

  test('azure', async () => {
    const on = await openAzure({ pace: { busyAfter: 0 } });
    await productionServer(on.azure);
    const job = await on.job();
    const { inputs, unmanaged, differs } = await movesIn({
      step: stepsOf(on.harness, job),
      ...movingFromAzure(on.azure)
    });
    expect(inputs).toMatchObject({ multi_az: 'true', engine_version: '16', allocated_storage: '128' });
    expect(unmanaged).toContain('tags environment, created-by-policy');
    expect(differs).toEqual(['orders.properties.backup.backupRetentionDays']);
    await on.close();
  });

  test('digitalocean', async () => {
    const on = await openDigitalOcean();
    await productionCluster(on.digitalocean);
    const job = await on.job();
    const { inputs, differs } = await movesIn({
      step: stepsOf(on.harness, job),
      ...movingFromDigitalOcean(on.digitalocean)
    });
    expect(inputs).toMatchObject({ create_read_replica: 'true', replica_names: 'orders-bi' });
    const { github } = on.harness;
    const asks = { cloud_provider: 'digitalocean', name: 'orders', command: 'import', import_pull_request: 'true' };
    const denied = await job.step(asks);
    expect([denied.outputs['result'], denied.outputs['import_pull_request_url']]).toEqual(['no-changes', undefined]);
    expect(denied.log).toContain('permissions: contents: write');
    github.permit({ contents: 'write', pull_requests: 'write' });
    const opened = await job.step({ ...asks, master_password: 'hunter2-of-the-secret' });
    expect(opened.outputs['import_pull_request_url']).toBe('https://github.com/acme/shop/pull/1');
    const branch = github.issue(1).pull?.headRef ?? '';
    expect(branch).toMatch(/^pgkeep\/import-digitalocean-orders-[0-9a-f]{6}$/);
    const file = `orders-${branch.slice(-6)}.yml`;
    const { [`pgkeep-${file}`]: config, [`.github/pgkeep-step-${file}`]: proposed } = github.files(branch) ?? {};
    expect(proposed).toContain(`config: pgkeep-${file}`);
    expect(config).toContain('replica_names: orders-bi');
    expect(opened.log).toContain(`config: pgkeep-${file}`);
    expect(opened.summary).toContain(`The file \`pgkeep-${file}\``);
    expect(proposed).toContain('adopt_existing: orders');
    expect(github.issue(1).body).toMatch(/Move the step in `\.github\/pgkeep-step-orders-.*Let Terraform go/s);
    expect(JSON.stringify([config, proposed, github.issue(1)])).not.toContain('hunter2');
    const again = await job.step(asks);
    expect(again.log).toContain('Pull request #1 of the import unchanged');
    expect(differs).toEqual(['maintenance.day', 'maintenance.hour']);
    await on.close();
  });
});
