import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startAzure, type FakeAzure } from '../../clouds/azure/fake-azure.ts';
import { startGcp, type FakeGcp } from '../../clouds/gcp/fake-gcp.ts';
import { REPOSITORY } from '../../../scripts/docs/action-file.ts';
import { checkInputs } from '../../../src/inputs/check-inputs.ts';
import type { Inputs } from '../../../src/inputs/read-inputs.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { load } from '../../../src/spec/load.ts';
import { basic as basicAzure } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import { basic as basicGcp } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { stepsIn } from '../../support/step-in-process.ts';

type With = Readonly<Record<string, string>>;

describe('nothing untrue is told', () => {
  let azure: FakeAzure;
  let gcp: FakeGcp;
  beforeAll(async () => {
    [azure, gcp] = await Promise.all([startAzure(), startGcp()]);
  });
  afterAll(async () => {
    await Promise.all([azure.stop(), gcp.stop()]);
  });

  test('a `name` that is not allowed is not missing too', () => {
    const { problems } = load([{ values: { name: 'Not allowed!' } }]);
    expect(problems.filter(({ input }) => input === 'name')).toHaveLength(1);
    expect(load([{ values: {} }]).problems).toEqual([expect.objectContaining({ input: 'name' })]);
    expect(load([{ values: { Name: 'orders' } }]).problems.map(({ input }) => input)).toEqual(['Name']);
  });

  test('days of insights that no input names, or that fit, become no others', async () => {
    const told = async (inputs: Readonly<Record<string, string>>): Promise<string> => {
      const { plan } = await (await azureRun(azure, { ...basicAzure(), ...inputs })).plan();
      return plan.notices.map(({ message }) => message).join('\n');
    };
    expect(await told({ enable_performance_insights: 'true' })).not.toMatch(/days become/);
    const many = { enable_performance_insights: 'true', performance_insights_retention_period: '31' };
    expect(await told(many)).toMatch(/^31 days become 30,/m);
  });

  test('a version that becomes another one has no end that matters, and one whose minor is left out has', async () => {
    const { engine_version: _azure, ...onAzure } = basicAzure();
    const { engine_version: _gcp, ...onGcp } = basicGcp();
    const ended = async (env: With, inputs: With): Promise<boolean> => {
      // A plan waits for nothing, and its time limit never comes.
      const clock = { now: () => new Date('2026-11-29'), sleep: async () => new Promise<void>(() => {}) };
      const step = stepsIn(env, {}, { clock });
      const { log, outputs } = await step({ ...inputs, command: 'plan' });
      expect(outputs['result']).toBe('planned');
      return log.includes('policy-end-of-life');
    };
    const { env } = azure;
    expect(await ended(env, { cloud_provider: 'azure', ...onAzure, server_version: '11' })).toBe(false);
    expect(await ended(env, { cloud_provider: 'azure', ...onAzure, server_version: '14' })).toBe(true);
    expect(await ended(gcp.env, { cloud_provider: 'gcp', ...onGcp, engine_version: '14.9' })).toBe(true);
  });

  test('no backups of a server of a pull request become 7 days unless an input asks for none', async () => {
    const ephemeral = { kind: 'instance', pullRequest: 7, baseName: 'orders', most: undefined } as const;
    const told = async (inputs: With, ofPull = true) => {
      const loaded = load([{ values: { cloud_provider: 'azure', ...basicAzure(), ...inputs } }]);
      const runtime = { clock: { now: () => new Date(0) } } as Runtime;
      const given = { ...loaded, options: { strict: false } } as Inputs;
      return (await checkInputs(runtime, given, ofPull ? ephemeral : undefined)).notices;
    };
    expect(await told({})).toEqual([]);
    const asked = await told({ backup_retention_period: '0' });
    expect(asked.map(({ input }) => input)).toContain('backup_retention_period');
    // Azure keeps 7 days then: there are backups.
    const lasting = await told({ backup_retention_days: '0' }, false);
    expect(lasting.map(notice => notice.code)).toContain('value-mapped');
    expect(lasting.map(notice => notice.code)).not.toContain('policy-no-backups');
  });

  test('an instance of Cloud SQL that no network may connect to is not exposed', async () => {
    const { allowed_cidr_blocks: _, ...closed } = basicGcp();
    const { plan } = await (await gcpRun(gcp, { ...closed, publicly_accessible: 'true' })).plan();
    expect(plan.notices.filter(({ severity }) => severity === 'danger')).toEqual([]);
  });

  test('the federation of Google Cloud lets pull requests plan and the default branch apply', () => {
    const page = readFileSync(path.join(REPOSITORY, 'docs/permissions/gcp.md'), 'utf8');
    expect(page).toContain('--member "$POOL/attribute.place/acme/shop@refs/heads/main"');
    expect(page).toContain('--member "$POOL/attribute.repository/acme/shop"');
    expect(page).not.toMatch(/attribute-condition[^\n]*\bref\b/);
  });
});
