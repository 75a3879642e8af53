import { ActionError } from '../errors.ts';
import type { Target } from '../engine/ownership.ts';

/** A resource in a state file: where it is, and the few attributes that tell what it belongs to. Never a secret. */
export interface StateResource {
  /** `module.db["eu"].aws_db_instance.this[0]`. A key of unusual characters is written `["…"]`. */
  readonly address: string;
  /** `module.db["eu"]`, with its keys as above; empty in the root module. */
  readonly instance: string;
  /** `module.db`: without the keys of instances, which no `removed` block takes. */
  readonly module: string;
  /** `aws_db_instance.this`, likewise. */
  readonly block: string;
  readonly type: string;
  readonly isOpenTofu: boolean;
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
}

/** The attributes that are read. All others, with every secret, are dropped as they are met. */
const FACTS = [
  'name',
  'identifier',
  'id',
  'arn',
  'resource_id',
  'connection_name',
  'project',
  'instance',
  'cluster_id',
  'server_id',
  'source_server_id',
  'scope',
  'target_resource_id',
  'replicate_source_db',
  'source_db_instance_arn',
  'master_instance_name',
  'db_instance_identifier'
] as const;
type Fact = (typeof FACTS)[number];

const KEY = String.raw`(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?`;

/** An address as Terraform writes it; `undefined` for any other text, which is not repeated. */
function placeOf(address: string): Pick<StateResource, 'address' | 'instance' | 'module' | 'block'> | undefined {
  const modules: string[] = [];
  const instances: string[] = [];
  const inModule = new RegExp(String.raw`(module\.[\w-]+)${KEY}\.`, 'y');
  let at = 0;
  for (let found = inModule.exec(address); found !== null; found = inModule.exec(address)) {
    const [whole, module = '', key] = found;
    modules.push(module);
    instances.push(`${module}${shownKey(key)}`);
    at += whole.length;
    inModule.lastIndex = at;
  }
  const [, block, key] = new RegExp(String.raw`^([a-z]\w*\.[\w-]+)${KEY}$`, 'i').exec(address.slice(at)) ?? [];
  if (block === undefined) return undefined;
  const instance = instances.join('.');
  return {
    address: `${instance}${instance === '' ? '' : '.'}${block}${shownKey(key)}`,
    instance,
    module: modules.join('.'),
    block
  };
}

const ODD_KEY = '["…"]';

function shownKey(key = ''): string {
  return key === '' || /^\[(?:\d+|"[\w .:/@-]*")\]$/.test(key) ? key : ODD_KEY;
}

/**
 * The managed resources of a state: the output of `terraform show -json`, of a state or of a plan, or a raw state of
 * version 4. Throws `input-invalid` for anything else. The message never holds text of the file.
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
    const values = state['values'] ?? asMap(state['prior_state'])['values'];
    return shownResources(asMap(asMap(values)['root_module']));
  }
  if (state['version'] === 4) return rawResources(state);
  throw stateInvalid('it is neither the output of `terraform show -json` nor a state of version 4');
}

function shownResources(root: Readonly<Record<string, unknown>>): readonly StateResource[] {
  const found: StateResource[] = [];
  const waiting = [root];
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    for (const one of asList(module['resources'])) {
      const { address, mode, type, values, provider_name: provider } = asMap(one);
      if (mode !== 'managed' || typeof address !== 'string' || typeof type !== 'string') continue;
      const place = placeOf(address);
      if (place !== undefined)
        found.push({ ...place, type, isOpenTofu: isOpenTofu(provider), facts: factsOf(asMap(values)) });
    }
    for (const child of asList(module['child_modules'])) waiting.push(asMap(child));
  }
  return found;
}

function rawResources(state: Readonly<Record<string, unknown>>): readonly StateResource[] {
  return asList(state['resources']).flatMap(one => {
    const { module, mode, type, name, instances, provider } = asMap(one);
    if (mode !== 'managed' || typeof type !== 'string' || typeof name !== 'string') return [];
    const prefix = typeof module === 'string' ? `${module}.` : '';
    return asList(instances).flatMap(instance => {
      const { index_key: key, attributes } = asMap(instance);
      const index = typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '';
      const place = placeOf(`${prefix}${type}.${name}${index}`);
      return place === undefined
        ? []
        : [{ ...place, type, isOpenTofu: isOpenTofu(provider), facts: factsOf(asMap(attributes)) }];
    });
  });
}

/** Both tools write the same states; their providers come from registries of their own. */
function isOpenTofu(provider: unknown): boolean {
  return typeof provider === 'string' && provider.includes('registry.opentofu.org');
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

/** What else a module of a database holds: everything that lives and ends with it. */
const OF_DATABASES =
  /^(aws_(db_|rds_|iam_|cloudwatch_|security_group|vpc_security_group|secretsmanager_|ssm_|kms_)|google_(sql_|project_iam|compute_(global_)?address|service_networking)|azurerm_(postgresql_|management_lock|monitor_|role_assignment|private_)|azapi_|modtm_|digitalocean_database_|random_|null_|time_|terraform_data)/;

/** Facts of a state that say which live server it is, and the live server's own. */
const IDENTITY: Readonly<Record<string, readonly (readonly [Fact, string])[]>> = {
  aws: [
    ['arn', 'arn'],
    ['resource_id', 'resourceId']
  ],
  gcp: [['connection_name', 'connection_name']],
  azure: [['id', 'arn']],
  digitalocean: [['id', 'id']]
};

/** How Terraform lets go of a server without deleting it. */
export interface LettingGo {
  readonly tool: 'terraform' | 'tofu';
  /** Address of the server in the state. */
  readonly server: string;
  /** Modules, or resources of the root module, that a `removed` block names. */
  readonly from: readonly string[];
  /** The same with the keys of this server's instances. Empty where a key is no plain text. */
  readonly instances: readonly string[];
  /** Resources outside of them that act on the server, and that Terraform would still delete. */
  readonly atRisk: readonly string[];
  /** Resources that are none of this server's, and that a `removed` block of `from` takes along. */
  readonly takenAlong: readonly string[];
}

/**
 * Finds the server of the target in a state, and what has to go with it. `live`: the facts of the live server. Throws
 * `input-invalid` when the state has no such server, several, one of another account, or another one of its name.
 */
export function lettingGo(
  resources: readonly StateResource[],
  target: Target,
  live: Readonly<Record<string, unknown>> = {}
): LettingGo {
  const server = serverOf(resources, target, live);
  const belongs = resources.filter(one => one !== server && isChild(one, server, target.provider));
  const scope = scopeOf(resources, server);
  const isTaken = ({ module, block }: StateResource): boolean =>
    scope === undefined ? module === '' && from.includes(block) : isWithin(module, scope.module);
  const outside = belongs.filter(one => scope === undefined || !isWithin(one.module, scope.module));
  const inRoot = [server, ...outside.filter(({ module }) => module === '')];
  const from = scope === undefined ? [...new Set(inRoot.map(({ block }) => block))] : [scope.module];
  const instances = scope === undefined ? inRoot.map(({ address }) => address) : [scope.instance];
  const isOwn = (one: StateResource): boolean =>
    scope !== undefined && isWithin(one.instance, scope.instance) && one.type !== server.type
      ? OF_DATABASES.test(one.type)
      : one === server || belongs.includes(one);
  return {
    tool: server.isOpenTofu ? 'tofu' : 'terraform',
    server: server.address,
    from,
    instances: instances.some(one => one.includes(ODD_KEY)) ? [] : [...new Set(instances)],
    atRisk: addressesOf(outside.filter(({ module }) => scope !== undefined || module !== '')),
    takenAlong: addressesOf(resources.filter(one => isTaken(one) && !isOwn(one)))
  };
}

function serverOf(
  resources: readonly StateResource[],
  target: Target,
  live: Readonly<Record<string, unknown>>
): StateResource {
  const type = SERVERS[target.provider];
  if (type === undefined) throw stateInvalid(`Terraform has no servers of ${target.provider}`);
  const all = resources.filter(one => one.type === type);
  const named = all.filter(
    ({ facts }) => (facts.identifier ?? facts.name ?? '').toLowerCase() === target.name.toLowerCase()
  );
  const ofAccount = named.filter(one => isOfAccount(one, target));
  const found = ofAccount.filter(one => isLive(one, target.provider, live));
  const [server, ...others] = found;
  if (server !== undefined && others.length === 0) return server;
  if (server !== undefined) throw stateInvalid(`it has several servers ${target.name}: ${listed(found)}`);
  if (ofAccount.length > 0) {
    throw stateInvalid(`${listed(ofAccount)} is another server than the live ${target.name}: their ids differ`);
  }
  const elsewhere = named.length > 0 ? `${listed(named)} is of another account than ${target.account}` : undefined;
  const known = all.length === 0 ? `it has no ${type}` : `its servers are ${listed(all)}`;
  throw stateInvalid(`it has no server ${target.name} of this account: ${elsewhere ?? known}`);
}

/** Whether no id of the state contradicts the live server. */
function isLive({ facts }: StateResource, provider: string, live: Readonly<Record<string, unknown>>): boolean {
  return (IDENTITY[provider] ?? []).every(([fact, its]) => {
    const [stated, seen] = [facts[fact], live[its]];
    return stated === undefined || typeof seen !== 'string' || stated.toLowerCase() === seen.toLowerCase();
  });
}

/**
 * The outermost module around the server that holds nothing but databases; else the one that it is in. `undefined` in
 * the root module.
 */
function scopeOf(
  resources: readonly StateResource[],
  { module, instance }: StateResource
): Pick<StateResource, 'module' | 'instance'> | undefined {
  if (module === '') return undefined;
  const steps = module.split('.').length / 2;
  const keyed = [...instance.matchAll(new RegExp(String.raw`module\.[\w-]+(?:${KEY}|\["…"\])`, 'g'))].map(
    ([one]) => one
  );
  for (let depth = 1; depth < steps; depth += 1) {
    const outer = module
      .split('.')
      .slice(0, depth * 2)
      .join('.');
    if (resources.every(one => !isWithin(one.module, outer) || OF_DATABASES.test(one.type))) {
      return { module: outer, instance: keyed.slice(0, depth).join('.') };
    }
  }
  return { module, instance };
}

function isWithin(module: string, outer: string): boolean {
  return module === outer || module.startsWith(`${outer}.`);
}

function addressesOf(resources: readonly StateResource[]): readonly string[] {
  return [...new Set(resources.map(({ address }) => address))];
}

function listed(resources: readonly StateResource[]): string {
  const shown = resources.slice(0, 5).map(({ address }) => address);
  return resources.length > 5 ? `${shown.join(', ')} and ${resources.length - 5} more` : shown.join(', ');
}

/** Whether a resource acts on the server: its databases, users, rules, locks and replicas. */
function isChild({ facts }: StateResource, server: StateResource, provider: string): boolean {
  const ids = given([server.facts.id, server.facts.identifier, server.facts.arn]);
  const names = given([server.facts.identifier, server.facts.name]);
  const byId = [
    facts.cluster_id,
    facts.server_id,
    facts.source_server_id,
    facts.scope,
    facts.target_resource_id,
    facts.replicate_source_db,
    facts.source_db_instance_arn
  ];
  const byName = [facts.instance, facts.master_instance_name, facts.db_instance_identifier, facts.replicate_source_db];
  // Instances of two projects may have one name.
  const isElsewhere =
    provider === 'gcp' && facts.project !== undefined && facts.project !== (server.facts.project ?? facts.project);
  return given(byId).some(one => ids.includes(one)) || (!isElsewhere && given(byName).some(one => names.includes(one)));
}

function given(texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap(one => (one === undefined || one === '' ? [] : [one]));
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
