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
      fault: rule => cloud.fault(rule),
      clearFaults: () => cloud.clearFaults(),
      leftovers: () => cloud.leftovers(),
      savepoint: () => setBack(cloud.state),
      stop: async () => cloud.stop()
    };
  }
} as const;
