import type { AccessRequest, OpenedRule } from '../../src/providers/runner-access.ts';
import { startAws, type FakeAws } from '../clouds/aws/fake-aws.ts';
import type { SecretRecord, SecurityGroupRecord } from '../clouds/aws/state.ts';
import { tagged } from '../clouds/aws/tags.ts';
import { startAzure } from '../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../clouds/digitalocean/fake-digitalocean.ts';
import type { FaultRule } from '../clouds/faults.ts';
import { startGcp, type FakeGcp } from '../clouds/gcp/fake-gcp.ts';
import { list, object, text, type Json } from '../clouds/gcp/json.ts';
import { basic as awsBasic } from './aws-inputs.ts';
import { awsRun } from './aws-run.ts';
import { basic as azureBasic } from './azure-inputs.ts';
import { azureRun } from './azure-run.ts';
import type { CloudRun, CloudRunOptions } from './cloud-run.ts';
import { basic as digitaloceanBasic } from './digitalocean-inputs.ts';
import { digitaloceanRun } from './digitalocean-run.ts';
import { basic as gcpBasic } from './gcp-inputs.ts';
import { gcpRun } from './gcp-run.ts';

/** An entry of a firewall as an administrator sees it. */
export interface Entry {
  readonly address: string;
  readonly name: string;
}

/** A server in a fake cloud, `orders`, behind a firewall. */
export interface FirewalledServer {
  /** `more`: inputs besides those of the server. */
  readonly run: (options?: CloudRunOptions, more?: Inputs) => Promise<CloudRun>;
  readonly entries: () => readonly Entry[];
  /** As another administrator adds one. */
  readonly add: (entry: Entry) => void;
  /** The call that opens, and the one that closes. */
  readonly calls: readonly [open: string, close: string];
  /** Where the cloud keeps secrets. Absent: nowhere. */
  readonly secrets?: SecretStoreOf;
  readonly fault: (rule: FaultRule) => void;
  readonly clearFaults: () => void;
  /** Takes away faults, and every entry but those that the inputs ask for. */
  readonly reset: () => void;
  readonly stop: () => Promise<void>;
}

/** A cloud's secret store as an administrator sees it. */
export interface SecretStoreOf {
  /** Passwords by the names of the secrets that can be read. */
  readonly all: () => Readonly<Record<string, string>>;
  /** The name of the secret of a role of the server. */
  readonly nameFor: (role: string) => string;
  /** As another owner makes one. */
  readonly add: (name: string, password: string) => void;
  readonly remove: (name: string) => void;
  /** So that the name is free. */
  readonly purge: (name: string) => void;
  /** The calls that change a secret: to make it, to change its password, to change its tags. */
  readonly calls: readonly string[];
}

type Inputs = Readonly<Record<string, string>>;

/** The network that the inputs ask for. */
const LASTING = '198.51.100.0/24';

/** A server in each cloud, whose master user is as the inputs say. Stop it after the test. */
export const FIREWALLS: Readonly<Record<string, (login?: Inputs) => Promise<FirewalledServer>>> = {
  aws,
  azure,
  digitalocean,
  gcp
};

async function aws(login: Inputs = {}): Promise<FirewalledServer> {
  const cloud = await startAws();
  const inputs = { ...awsBasic(cloud), publicly_accessible: 'true', allowed_cidr_blocks: LASTING, ...login };
  await (await awsRun(cloud, inputs)).apply();
  const group = (): SecurityGroupRecord => {
    const attached = cloud.state().instances.get('orders')?.live.VpcSecurityGroups?.[0]?.VpcSecurityGroupId ?? '';
    const found = cloud.state().securityGroups.get(attached);
    if (found === undefined) throw new Error('The server is in no security group');
    return found;
  };
  return {
    run: async (options, more) => awsRun(cloud, { ...inputs, ...more }, options),
    entries: () =>
      [...group().rules.values()]
        .filter(({ rule }) => rule.IsEgress !== true)
        .map(({ rule, tags }) => ({
          address: plain(rule.CidrIpv4),
          name: tags.tags.find(({ Key: key }) => key === 'pgkeep:runner-rule')?.Value ?? rule.Description ?? ''
        })),
    add: ({ address, name }) => {
      const id = `sgr-${group().rules.size}${address.replaceAll('.', '')}`;
      const place = { FromPort: 5432, ToPort: 5432, CidrIpv4: `${address}/32`, Description: name };
      const own = name.startsWith('pgkeep-run-') ? [{ Key: 'pgkeep:runner-rule', Value: name }] : [];
      const rule = { SecurityGroupRuleId: id, GroupId: group().id, IsEgress: false, IpProtocol: 'tcp', ...place };
      group().rules.set(id, { rule, tags: tagged(own) });
    },
    calls: ['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'],
    secrets: secretsOfAws(cloud),
    fault: rule => cloud.fault(rule),
    clearFaults: () => cloud.clearFaults(),
    reset: () => {
      cloud.clearFaults();
      for (const [id, { rule }] of group().rules) {
        if (rule.IsEgress !== true && rule.CidrIpv4 !== LASTING) group().rules.delete(id);
      }
    },
    stop: async () => cloud.stop()
  };
}

async function azure(login: Inputs = {}): Promise<FirewalledServer> {
  const cloud = await startAzure();
  const inputs = { ...azureBasic(), allowed_cidr_blocks: LASTING, ...login };
  await (await azureRun(cloud, inputs)).apply();
  const rules = (): Map<string, Readonly<Record<string, unknown>>> => {
    const server = [...cloud.state.servers.values()].find(({ name }) => name === 'orders');
    if (server === undefined) throw new Error('There is no server');
    return server.firewallRules;
  };
  return {
    run: async (options, more) => azureRun(cloud, { ...inputs, ...more }, options),
    entries: () =>
      [...rules()].map(([name, { startIpAddress: first, endIpAddress: last }]) => ({
        address: first === last ? String(first) : LASTING,
        name
      })),
    add: ({ address, name }) => void rules().set(name, { startIpAddress: address, endIpAddress: address }),
    calls: ['PUT flexibleServers/firewallRules', 'DELETE flexibleServers/firewallRules'],
    fault: rule => cloud.fault(rule),
    clearFaults: () => cloud.clearFaults(),
    reset: () => {
      cloud.clearFaults();
      for (const [name, { startIpAddress: first, endIpAddress: last }] of rules()) {
        if (first === last) rules().delete(name);
      }
    },
    stop: async () => cloud.stop()
  };
}

async function digitalocean(login: Inputs = {}): Promise<FirewalledServer> {
  const cloud = await startDigitalOcean();
  const inputs = { ...digitaloceanBasic(), allowed_cidr_blocks: LASTING, ...login };
  await (await digitaloceanRun(cloud, inputs)).apply();
  return {
    run: async (options, more) => digitaloceanRun(cloud, { ...inputs, ...more }, options),
    entries: () => cloud.cluster('orders').rules.map(({ value, description: name = '' }) => ({ address: value, name })),
    add: ({ address, name }) => {
      const cluster = cloud.cluster('orders');
      const rule = { uuid: cloud.state.uuid(), type: 'ip_addr', value: address, description: name };
      cluster.rules = [...cluster.rules, rule];
    },
    calls: ['PUT /databases/{id}/firewall', 'PUT /databases/{id}/firewall'],
    fault: rule => cloud.fault(rule),
    clearFaults: () => cloud.clearFaults(),
    reset: () => {
      cloud.clearFaults();
      const cluster = cloud.cluster('orders');
      cluster.rules = cluster.rules.filter(({ value }) => value === LASTING);
    },
    stop: async () => cloud.stop()
  };
}

async function gcp(login: Inputs = {}): Promise<FirewalledServer> {
  const cloud = await startGcp();
  const inputs = { ...gcpBasic(), allowed_cidr_blocks: LASTING, ...login };
  await (await gcpRun(cloud, inputs)).apply();
  const network = (): Json => object(object(cloud.instance('orders').json['settings'])['ipConfiguration']);
  const write = (authorizedNetworks: readonly unknown[]): void => {
    const instance = cloud.instance('orders');
    const settings = object(instance.json['settings']);
    const settingsVersion = String(Number(settings['settingsVersion']) + 1);
    const ipConfiguration = { ...network(), authorizedNetworks };
    instance.json = { ...instance.json, settings: { ...settings, settingsVersion, ipConfiguration } };
  };
  return {
    run: async (options, more) => gcpRun(cloud, { ...inputs, ...more }, options),
    entries: () =>
      list(network()['authorizedNetworks'])
        .map(object)
        .map(one => ({ address: plain(text(one['value'])), name: text(one['name']) })),
    add: ({ address, name }) => {
      write([...list(network()['authorizedNetworks']), { value: `${address}/32`, name }]);
    },
    calls: ['instances.patch', 'instances.patch'],
    secrets: secretsOfGcp(cloud),
    fault: rule => cloud.fault(rule),
    clearFaults: () => cloud.clearFaults(),
    reset: () => {
      cloud.clearFaults();
      write(list(network()['authorizedNetworks']).filter(one => object(one)['value'] === LASTING));
    },
    stop: async () => cloud.stop()
  };
}

export function secretsOfAws(cloud: FakeAws): SecretStoreOf {
  const { secrets } = cloud.state();
  const passwordOf = (value: string): string => String((JSON.parse(value) as { password?: unknown }).password);
  const live = (): readonly SecretRecord[] => [...secrets.values()].filter(({ deletedAt }) => deletedAt === undefined);
  return {
    all: () =>
      Object.fromEntries(
        live().flatMap(one => (one.owningService === undefined ? [[one.name, passwordOf(one.value)]] : []))
      ),
    nameFor: role => `pgkeep/orders/role/${role}`,
    add: (name, password) => {
      const [like] = secrets.values();
      for (const [key, one] of secrets) if (one.name === name) secrets.delete(key);
      const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-abcdef`;
      const record: SecretRecord = {
        ...(like ?? EMPTY_SECRET),
        arn,
        name,
        value: JSON.stringify({ password }),
        version: '00000000-0000-4000-8000-000000000000',
        tags: tagged([]),
        deletedAt: undefined,
        owningService: undefined,
        rotation: undefined
      };
      secrets.set(arn, record);
    },
    remove: name => {
      for (const one of secrets.values()) if (one.name === name) one.deletedAt = new Date('2026-01-08T00:00:00Z');
    },
    purge: name => {
      for (const [key, one] of secrets) if (one.name === name) secrets.delete(key);
    },
    calls: ['CreateSecret', 'PutSecretValue', 'TagResource']
  };
}

const EMPTY_SECRET = { created: new Date('2026-01-01T00:00:00Z'), description: undefined, kmsKeyId: undefined };

export function secretsOfGcp(cloud: FakeGcp): SecretStoreOf {
  const { secrets } = cloud.state;
  return {
    all: () =>
      Object.fromEntries(
        [...secrets].map(([id, { versions }]) => [id, Buffer.from(versions.at(-1) ?? '', 'base64').toString()])
      ),
    nameFor: role => `pgkeep_orders_${role}`,
    add: (name, password) => {
      const json = { name: `projects/1/secrets/${name}`, replication: { automatic: {} } };
      secrets.set(name, { json, versions: [Buffer.from(password).toString('base64')] });
    },
    remove: name => void secrets.delete(name),
    purge: name => void secrets.delete(name),
    calls: [
      `POST /v1/projects/${cloud.project}/secrets`,
      `POST /v1/projects/${cloud.project}/secrets/pgkeep_orders_kept:addVersion`,
      `PATCH /v1/projects/${cloud.project}/secrets/pgkeep_orders_kept`
    ]
  };
}

function plain(network = ''): string {
  return network.replace('/32', '');
}

/** What a run may do, with the address of its runner, which may change; and what the post step would find. */
export interface TestAccess extends AccessRequest {
  readonly left: () => readonly string[];
}

/** `addresses`: one for each time that the runner asks. */
export function accessFor(addresses: readonly string[], more: Partial<AccessRequest> = {}): TestAccess {
  const left = new Map<string, OpenedRule>();
  const rest = [...addresses];
  let known: string | undefined;
  return {
    isAllowed: true,
    keepsOpen: false,
    run: '9000001-1',
    expiresAt: new Date('2026-01-01T01:15:00Z'),
    address: async (again = false) => {
      if (again || known === undefined) known = rest.shift() ?? known ?? '';
      return known;
    },
    remember: rule => void left.set(rule.rule, rule),
    forget: name => void left.delete(name),
    left: () => [...left.keys()],
    ...more
  };
}
