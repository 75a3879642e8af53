import { TOKEN, type FakeDigitalOcean } from './fake-digitalocean.ts';
import type { Json } from './state.ts';

async function send(cloud: FakeDigitalOcean, method: string, path: string, body?: object): Promise<Json> {
  const response = await fetch(`${cloud.url}/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Json);
}

async function ready(cloud: FakeDigitalOcean, path: string, key: string): Promise<void> {
  for (let looks = 0; looks < 50; looks += 1) {
    const answer = await send(cloud, 'GET', path).catch((): Json => ({}));
    if ((answer[key] as Json | undefined)?.['status'] === 'online') return;
  }
  throw new Error(`${path} never rested`);
}

async function create(cloud: FakeDigitalOcean, body: object): Promise<string> {
  const { database } = await send(cloud, 'POST', '/databases', body);
  const path = `/databases/${String((database as Json)['id'])}`;
  await ready(cloud, path, 'database');
  // It was made long ago: every list has it.
  Object.assign(cloud.cluster(String((database as Json)['name'])), { hidden: 0, unlisted: 0, untilBackup: 0 });
  return path;
}

/** As the resource `digitalocean_database_cluster` makes one from its required arguments. */
export async function defaultCluster(cloud: FakeDigitalOcean, name = 'orders'): Promise<void> {
  await create(cloud, { name, engine: 'pg', version: '16', size: 'db-s-1vcpu-1gb', region: 'nyc3', num_nodes: 1 });
}

/** As the resources of the Terraform provider make one together: firewall, database, user, pool, replica, log sink. */
export async function productionCluster(cloud: FakeDigitalOcean, name = 'orders'): Promise<void> {
  const path = await create(cloud, {
    name,
    engine: 'pg',
    version: '16',
    size: 'db-s-2vcpu-4gb',
    region: 'nyc3',
    num_nodes: 2,
    storage_size_mib: 81_920,
    tags: ['production', 'team:shop']
  });
  await send(cloud, 'PUT', `${path}/maintenance`, { day: 'sunday', hour: '04:00' });
  const rules = [
    { type: 'ip_addr', value: '203.0.113.0/24' },
    { type: 'k8s', value: 'shop-cluster' }
  ];
  await send(cloud, 'PUT', `${path}/firewall`, { rules });
  await send(cloud, 'POST', `${path}/dbs`, { name: 'shop' });
  await send(cloud, 'POST', `${path}/users`, { name: 'app' });
  await send(cloud, 'POST', `${path}/pools`, { name: 'web', mode: 'transaction', size: 10, db: 'shop', user: 'app' });
  const config = { server: 'logs.example.com', port: 6514, tls: true, format: 'rfc5424' };
  await send(cloud, 'POST', `${path}/logsink`, { sink_name: 'papertrail', sink_type: 'rsyslog', config });
  await send(cloud, 'POST', `${path}/replicas`, { name: `${name}-bi`, region: 'nyc3', size: 'db-s-2vcpu-4gb' });
  await ready(cloud, `${path}/replicas/${name}-bi`, 'replica');
  await ready(cloud, path, 'database');
}
