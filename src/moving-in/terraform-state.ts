import { ActionError } from '../errors.ts';
import type { Target } from '../engine/ownership.ts';

/** A resource in a state file: where it is, and the few attributes that tell what it belongs to. Never a secret. */
export interface StateResource {
  /** `module.db.aws_db_instance.this[0]`. */
  readonly address: string;
  /** `module.db`; empty in the root module. Without the keys of instances. */
  readonly module: string;
  readonly type: string;
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
}

/** The attributes that are read. All others, with every secret, are dropped as they are met. */
const FACTS = [
  'name',
  'identifier',
  'id',
  'arn',
  'project',
  'instance',
  'cluster_id',
  'server_id',
  'replicate_source_db',
  'db_instance_identifier'
] as const;
type Fact = (typeof FACTS)[number];

/** Addresses as Terraform writes them. Any other text in their place is not repeated. */
function isAddress(text: string): boolean {
  const parts = text.replaceAll(/\[(?:\d+|"[\w .:/@-]*")\](?=\.|$)/g, '').split('.');
  if (!parts.every(part => /^[\w-]+$/.test(part))) return false;
  let at = 0;
  while (parts[at] === 'module') at += 2;
  if (parts[at] === 'data') at += 1;
  return parts.length === at + 2 && /^[a-z]\w*$/i.test(parts[at] ?? '');
}

/**
 * The managed resources of a state: the output of `terraform show -json`, or a raw state of version 4. Throws
 * `input-invalid` for anything else. The message never holds text of the file.
 */
export function stateResources(text: string): readonly StateResource[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw stateInvalid('it is not JSON');
  }
  const state = asMap(data);
  const format = state['format_version'];
  if (typeof format === 'string') {
    if (!/^1(\.\d+)?$/.test(format)) throw stateInvalid('its format has another major version than 1');
    const root = asMap(asMap(state['values'])['root_module']);
    return shownResources(root).filter(({ address }) => isAddress(address));
  }
  if (state['version'] === 4) return rawResources(state).filter(({ address }) => isAddress(address));
  throw stateInvalid('it is neither the output of `terraform show -json` nor a state of version 4');
}

function shownResources(root: Readonly<Record<string, unknown>>): readonly StateResource[] {
  const found: StateResource[] = [];
  const waiting = [root];
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    for (const one of asList(module['resources'])) {
      const { address, mode, type, values } = asMap(one);
      if (mode !== 'managed' || typeof address !== 'string' || typeof type !== 'string') continue;
      found.push({ address, module: moduleOf(address), type, facts: factsOf(asMap(values)) });
    }
    waiting.push(...asList(module['child_modules']).map(asMap));
  }
  return found;
}

function rawResources(state: Readonly<Record<string, unknown>>): readonly StateResource[] {
  return asList(state['resources']).flatMap(one => {
    const { module, mode, type, name, instances } = asMap(one);
    if (mode !== 'managed' || typeof type !== 'string' || typeof name !== 'string') return [];
    const prefix = typeof module === 'string' ? `${module}.` : '';
    return asList(instances).map(instance => {
      const { index_key: key, attributes } = asMap(instance);
      const index = typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '';
      const address = `${prefix}${type}.${name}${index}`;
      return { address, module: moduleOf(address), type, facts: factsOf(asMap(attributes)) };
    });
  });
}

/** `module.db.module.db_instance` of an address in it, without instance keys: no `removed` block takes them. */
function moduleOf(address: string): string {
  const parts = [...address.matchAll(/module\.([\w-]+)(?:\[(?:\d+|"[^"]*")\])?\./g)];
  return parts.map(([, name]) => `module.${name}`).join('.');
}

function factsOf(values: Readonly<Record<string, unknown>>): StateResource['facts'] {
  const facts: Partial<Record<Fact, string>> = {};
  for (const name of FACTS) {
    const value = values[name];
    if (typeof value === 'string' && value.length <= 2048) facts[name] = value;
  }
  return facts;
}

/** The servers of each provider, as Terraform and OpenTofu call them. */
const SERVERS: Readonly<Record<string, string>> = {
  aws: 'aws_db_instance',
  gcp: 'google_sql_database_instance',
  azure: 'azurerm_postgresql_flexible_server',
  digitalocean: 'digitalocean_database_cluster'
};

/** How Terraform lets go of a server without deleting it. */
export interface LettingGo {
  /** Address of the server in the state. */
  readonly server: string;
  /** Modules, or resources of the root module, that a `removed` block names. */
  readonly from: readonly string[];
  /** Resources outside of them that act on the server, and that Terraform would still delete. */
  readonly atRisk: readonly string[];
}

/**
 * Finds the server of the target in a state, and what has to go with it. Throws `input-invalid` when the state has no
 * such server, several, or one of another account.
 */
export function lettingGo(resources: readonly StateResource[], target: Target): LettingGo {
  const type = SERVERS[target.provider];
  if (type === undefined) throw stateInvalid(`Terraform has no servers of ${target.provider}`);
  const all = resources.filter(one => one.type === type);
  const named = all.filter(
    ({ facts }) => (facts.identifier ?? facts.name ?? '').toLowerCase() === target.name.toLowerCase()
  );
  const found = named.filter(one => isOfAccount(one, target));
  const [server, ...others] = found;
  if (server === undefined) {
    const elsewhere = named.length > 0 ? `${listed(named)} is of another account than ${target.account}` : undefined;
    const known = all.length === 0 ? `it has no ${type}` : `its servers are ${listed(all)}`;
    throw stateInvalid(`it has no server ${target.name} of this account: ${elsewhere ?? known}`);
  }
  if (others.length > 0) throw stateInvalid(`it has several servers ${target.name}: ${listed(found)}`);
  const module = server.module.split('.').slice(0, 2).join('.');
  const belongs = resources.filter(one => one !== server && isChild(one, server));
  const isWithin = (one: StateResource): boolean =>
    module !== '' && (one.module === module || one.module.startsWith(`${module}.`));
  const outside = belongs.filter(one => !isWithin(one));
  const from = module === '' ? [server, ...outside.filter(one => one.module === '')].map(withoutKey) : [module];
  return {
    server: server.address,
    from: [...new Set(from)],
    atRisk: outside.filter(one => module !== '' || one.module !== '').map(({ address }) => address)
  };
}

function withoutKey({ address }: StateResource): string {
  return address.replace(/\[[^\]]*\]$/, '');
}

function listed(resources: readonly StateResource[]): string {
  const shown = resources.slice(0, 5).map(({ address }) => address);
  return resources.length > 5 ? `${shown.join(', ')} and ${resources.length - 5} more` : shown.join(', ');
}

/** Whether a resource acts on the server: its databases, users, rules and replicas. */
function isChild({ facts }: StateResource, server: StateResource): boolean {
  const ids = [server.facts.id, server.facts.identifier, server.facts.arn].filter(one => one !== undefined);
  const names = [server.facts.identifier, server.facts.name].filter(one => one !== undefined);
  return (
    ids.some(id => id === facts.cluster_id || id === facts.server_id || id === facts.replicate_source_db) ||
    names.some(
      name => name === facts.instance || name === facts.db_instance_identifier || name === facts.replicate_source_db
    )
  );
}

/** What a state says of the account; silence counts as this one. */
function isOfAccount({ facts }: StateResource, { provider, account }: Target): boolean {
  if (provider === 'aws') {
    const [, , , , owner = ''] = (facts.arn ?? '').split(':');
    return owner === '' || owner === account;
  }
  if (provider === 'gcp') return facts.project === undefined || facts.project === account;
  const subscription = /^\/subscriptions\/([^/]+)\//i.exec(facts.id ?? '')?.[1];
  return provider !== 'azure' || subscription === undefined || subscription.toLowerCase() === account.toLowerCase();
}

function stateInvalid(why: string): ActionError {
  return new ActionError(`Could not use \`terraform_state\`: ${why}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Name a file in the workspace that `terraform show -json > state.json` made, of the state that has this server.'
  });
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
