import { GcpFault } from './fault.ts';
import { list, merged, object, text, type Json } from './json.ts';
import type { World } from './world.ts';

/** Cloud Monitoring's alert policies, the project itself, and the exchange of the workflow's identity for a token. */
export function around(world: World, method: string, path: string, body: Json): Json | undefined {
  if (path === '/v1/token') {
    return {
      access_token: 'ya29.token-of-the-fake',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600
    };
  }
  if (path === `/v1/projects/${world.project}:testIamPermissions`) {
    return { permissions: list(body['permissions']).filter(one => !world.denied.has(text(one))) };
  }
  if (path === `/v1/projects/${world.project}` && method === 'GET') {
    return { projectId: world.project, projectNumber: '1', lifecycleState: 'ACTIVE', name: 'Shop' };
  }
  const policies = `/v3/projects/${world.project}/alertPolicies`;
  if (path === policies && method === 'GET')
    return { alertPolicies: [...world.policies.values()], totalSize: world.policies.size };
  if (path === policies && method === 'POST') {
    const name = `projects/${world.project}/alertPolicies/${world.number()}`;
    const made = { ...body, name, enabled: body['enabled'] ?? true };
    world.policies.set(name, made);
    return made;
  }
  if (path === `/v3/projects/${world.project}/notificationChannels`) return { notificationChannels: [] };
  if (!path.startsWith(`${policies}/`)) return undefined;
  const name = path.slice('/v3/'.length);
  const found = world.policies.get(name);
  if (found === undefined) throw new GcpFault(404, 'notFound', `Cannot find policy ${name}.`);
  if (method === 'GET') return found;
  if (method === 'DELETE') {
    world.policies.delete(name);
    return {};
  }
  const next = { ...merged(found, object(body)), name };
  world.policies.set(name, next);
  return next;
}
