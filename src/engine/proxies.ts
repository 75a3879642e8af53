/** Clients read them by themselves: those of the clouds, of GitHub, and Node's. */
const PROXIES = ['https_proxy', 'http_proxy'].flatMap(name => [name, name.toUpperCase()]);

/**
 * Spells the proxies of the process as each client reads them: `host:port` is an address of HTTP, and with `*` in
 * `no_proxy` there are none.
 */
export function spellProxies(env: NodeJS.ProcessEnv): void {
  const isDirect = [env['no_proxy'], env['NO_PROXY']]
    .join()
    .split(/[\s,]+/)
    .includes('*');
  for (const name of PROXIES) {
    const given = env[name]?.trim();
    if (given === undefined) continue;
    if (isDirect || given === '') delete env[name];
    else env[name] = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  }
}
