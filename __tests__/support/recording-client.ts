/** A client of which each call is told as `servers.get`, with its arguments, and answers nothing. */
export function recordingClient(tell: (called: string, args: readonly unknown[]) => void): object {
  const service = (group: string): object =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          async (...args: readonly unknown[]): Promise<void> =>
            tell(`${group}.${String(method)}`, args)
      }
    );
  return new Proxy({}, { get: (_, group) => service(String(group)) });
}
