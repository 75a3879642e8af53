import * as awsPermissions from '../../src/providers/aws/permissions.ts';
import { TYPES as AWS_TYPES } from '../../src/providers/aws/provider.ts';
import * as azurePermissions from '../../src/providers/azure/permissions.ts';
import { TYPES as AZURE_TYPES } from '../../src/providers/azure/provider.ts';
import { refusals as azureRefusals } from '../../src/providers/azure/refusals.ts';
import { refusals as digitaloceanRefusals } from '../../src/providers/digitalocean/refusals.ts';
import * as gcpPermissions from '../../src/providers/gcp/permissions.ts';
import { TYPES as GCP_TYPES } from '../../src/providers/gcp/provider.ts';
import { startAws } from '../clouds/aws/fake-aws.ts';
import { startAzure, UNHURRIED as AZURE } from '../clouds/azure/fake-azure.ts';
import { startDigitalOcean, UNHURRIED as DIGITALOCEAN } from '../clouds/digitalocean/fake-digitalocean.ts';
import type { FaultRule } from '../clouds/faults.ts';
import { startGcp, UNHURRIED as GCP } from '../clouds/gcp/fake-gcp.ts';
import * as awsInputs from './aws-inputs.ts';
import { awsRun } from './aws-run.ts';
import * as azureInputs from './azure-inputs.ts';
import { azureRun } from './azure-run.ts';
import type { CloudRun, CloudRunOptions } from './cloud-run.ts';
import { setBack } from './copied-state.ts';
import * as digitaloceanInputs from './digitalocean-inputs.ts';
import { digitaloceanRun } from './digitalocean-run.ts';
import * as gcpInputs from './gcp-inputs.ts';
import { gcpRun } from './gcp-run.ts';

type With = Readonly<Record<string, string>>;

/** A request that changes something. */
interface Mutation {
  readonly action: string;
  readonly body: unknown;
}

/** One cloud, seen as all of them are. */
export interface StartedCloud {
  /** Inputs of the smallest server, and of one with everything. */
  readonly small: With;
  readonly large: With;
  readonly run: (inputs: With, options?: CloudRunOptions) => Promise<CloudRun>;
  readonly mutations: () => readonly Mutation[];
  /** The server, or its first replica, is in that state and stays there. */
  readonly stay: (state: string, of?: 'replica') => void;
  /** The names of all calls so far. */
  readonly asked: () => readonly string[];
  /**
   * Calls so far that the documented roles of a plan, or of a plan and an apply, do not allow. Changing ones without a
   * row in the list of refusals too, where no other test holds that list.
   */
  readonly undocumented: (of: 'plan' | 'apply') => readonly string[];
  fault(rule: FaultRule): void;
  clearFaults(): void;
  leftovers(): readonly string[];
  /** What it returns sets the account back to what it holds now, with nothing going on. */
  savepoint(): () => void;
  stop(): Promise<void>;
}

function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('there is no such server');
  return found;
}

/** Services whose requests are signed with another name than IAM's. */
const IAM_NAMES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Those of a list that the other one lacks, once each. */
function lacking(some: readonly string[], others: readonly string[]): readonly string[] {
  return [...new Set(some)].filter(call => !others.includes(call));
}

const spelled = (call: string): string => call.replaceAll(/\{\w+\}/g, '{}');
const listed = (refusals: readonly { readonly call: string }[]): readonly string[] =>
  refusals.map(({ call }) => spelled(call));

/** A fake of each cloud, as late as the real one, without a server. */
export const EVERY_CLOUD = {
  aws: async (): Promise<StartedCloud> => {
    const cloud = await startAws();
    return {
      small: awsInputs.basic(cloud),
      large: awsInputs.everything(cloud),
      run: async (given, options) => awsRun(cloud, given, options),
      mutations: () =>
        cloud.mutations().map(({ service, region, action, input }) => ({
          action: `${service}:${action} ${region}`,
          body: input
        })),
      stay: (state, of) => {
        const found = known(cloud.state().instances.get(of === undefined ? 'orders' : 'orders-replica-1'));
        found.rest = state;
        found.live.DBInstanceStatus = state;
      },
      asked: () => cloud.calls().map(({ action }) => action),
      undocumented: of => {
        const { planActions, applyActions } = awsPermissions;
        const allowed = [...planActions(AWS_TYPES), ...(of === 'plan' ? [] : applyActions(AWS_TYPES))];
        return lacking(
          cloud.calls().map(({ service, action }) => `${IAM_NAMES[service] ?? service}:${action}`),
          allowed
        );
      },
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      leftovers: () => cloud.leftovers(),
      savepoint: () => cloud.savepoint(),
      stop: async () => cloud.stop()
    };
  },
  azure: async (): Promise<StartedCloud> => {
    const cloud = await startAzure({ pace: { ...AZURE, busyAfter: 0 } });
    return {
      small: azureInputs.basic(),
      large: azureInputs.everything(),
      run: async (given, options) => azureRun(cloud, given, options),
      mutations: () => cloud.mutations().map(({ action, path: at, body }) => ({ action: `${action} ${at}`, body })),
      stay: (state, of) => {
        const name = of === undefined ? 'orders' : 'orders-replica-1';
        const found = known([...cloud.state.servers.values()].find(one => one.name === name));
        found.properties = { ...found.properties, state };
      },
      asked: () => cloud.calls().map(({ action }) => action),
      undocumented: of => {
        const { planActions, applyActions, notGranted } = azurePermissions;
        const actions = [...planActions(AZURE_TYPES), ...(of === 'plan' ? [] : applyActions(AZURE_TYPES))];
        const used = lacking(
          cloud.calls().map(({ permission }) => permission),
          []
        );
        const changed = cloud.mutations().map(({ action }) => action);
        return [...notGranted(used, [{ actions }]), ...lacking(changed, listed(azureRefusals))];
      },
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      leftovers: () => cloud.leftovers(),
      savepoint: () => setBack(cloud.state),
      stop: async () => cloud.stop()
    };
  },
  digitalocean: async (): Promise<StartedCloud> => {
    const cloud = await startDigitalOcean({ pace: DIGITALOCEAN });
    return {
      small: digitaloceanInputs.basic(),
      large: digitaloceanInputs.everything(),
      run: async (given, options) => digitaloceanRun(cloud, given, options),
      mutations: () => cloud.mutations(),
      stay: (state, of) => {
        const cluster = cloud.cluster('orders');
        const looks = state === 'online' ? 0 : 1_000_000;
        if (of === undefined) cluster.steps = looks === 0 ? [] : [{ status: state, looks, stale: 0, effect: () => {} }];
        else Object.assign(known([...cluster.replicas.values()][0]), { looks, doing: state });
      },
      asked: () => cloud.calls().map(({ action }) => action),
      undocumented: () =>
        lacking(
          cloud.mutations().map(({ action }) => spelled(action)),
          listed(digitaloceanRefusals)
        ),
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      leftovers: () => cloud.leftovers(),
      savepoint: () => setBack(cloud.state),
      stop: async () => cloud.stop()
    };
  },
  gcp: async (): Promise<StartedCloud> => {
    const cloud = await startGcp({ pace: GCP });
    return {
      small: gcpInputs.basic(),
      large: gcpInputs.everything(),
      run: async (given, options) => gcpRun(cloud, given, options),
      mutations: () => cloud.mutations(),
      stay: (state, of) => {
        const found = cloud.instance(of === undefined ? 'orders' : 'orders-replica-1');
        const isStopped = state === 'STOPPED';
        const live = { ...(found.json['settings'] as object), activationPolicy: isStopped ? 'NEVER' : 'ALWAYS' };
        found.json = { ...found.json, state: isStopped ? 'RUNNABLE' : state, settings: live };
      },
      asked: () => cloud.calls().map(({ action }) => action),
      undocumented: of => {
        const { planPermissions, applyPermissions } = gcpPermissions;
        const allowed = [...planPermissions(GCP_TYPES), ...(of === 'plan' ? [] : applyPermissions(GCP_TYPES))];
        return lacking(
          cloud.calls().flatMap(({ permission }) => permission ?? []),
          allowed
        );
      },
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      leftovers: () => cloud.leftovers(),
      savepoint: () => setBack(cloud.state),
      stop: async () => cloud.stop()
    };
  }
} as const;
