/**
 * Sends each request once, by its key; a second caller gets the same answer. Rejections are cached and not reported as
 * unhandled.
 */
export function requestCache(): <T>(key: string, ask: () => Promise<T>) => () => Promise<T> {
  const asked = new Map<string, Promise<unknown>>();
  return <T>(key: string, ask: () => Promise<T>) =>
    async (): Promise<T> => {
      let answer = asked.get(key) as Promise<T> | undefined;
      if (answer === undefined) {
        answer = ask();
        answer.catch(() => undefined);
        asked.set(key, answer);
      }
      return answer;
    };
}
