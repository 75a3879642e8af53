import { EPOCH, nodeId, type Links } from './links.ts';
import { forbidden, METADATA, type Json, type Route } from './route.ts';
import type { Actor } from './state.ts';

export function userShape(links: Links, actor: Actor): Json {
  const url = `${links.api}/users/${encodeURIComponent(actor.login)}`;
  // The login of an app's user is the app's name and `[bot]`.
  const app = actor.app?.slug ?? /^(.+)\[bot\]$/.exec(actor.login)?.[1];
  return {
    login: actor.login,
    id: actor.id,
    node_id: nodeId('U', actor.id),
    avatar_url: `https://avatars.githubusercontent.com/u/${actor.id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${links.html}/${app === undefined ? actor.login : `apps/${app}`}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: app === undefined ? 'User' : 'Bot',
    user_view_type: 'public',
    site_admin: false
  };
}

/** What `GET /user` answers to a person's token. */
export function publicUserShape(links: Links, actor: Actor): Json {
  return {
    ...userShape(links, actor),
    name: actor.login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 1,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: EPOCH,
    updated_at: EPOCH
  };
}

export function appShape(links: Links, actor: Actor): Json | null {
  const { app } = actor;
  if (app === undefined) return null;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: userShape(links, { login: 'github', id: 9919 }),
    name: app.name,
    description: '',
    external_url: 'https://help.github.com/en/actions',
    html_url: `${links.html}/apps/${app.slug}`,
    created_at: EPOCH,
    updated_at: EPOCH,
    permissions: { checks: 'write', contents: 'write', deployments: 'write', issues: 'write', metadata: 'read' },
    events: []
  };
}

export const accountRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/user',
    needs: () => METADATA,
    described: [200, 401, 403],
    handle: ({ links, actor }) =>
      actor.app === undefined
        ? { status: 200, body: publicUserShape(links, actor) }
        : forbidden('Resource not accessible by integration')
  }
];
