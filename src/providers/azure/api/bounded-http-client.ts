import type * as pipeline from '@azure/core-rest-pipeline';
import type { Execution } from '../../../engine/execution.ts';
import { foreignAnswer, isForeign } from '../../../engine/foreign-answer.ts';
import { bytesOf, type Limited } from '../../../engine/limits.ts';

/** One for all sessions of this process: its idle connections serve the next session without another TLS handshake. */
let shared: pipeline.HttpClient | undefined;

/**
 * Azure's own HTTP client, which reads an answer whatever its length; this one ends at the limit, also of a compressed
 * answer. A web page, or nothing in answer to a GET, fails the call: the client would read a list of
 * nothing in it.
 */
export function boundedHttpClient(
  http: Pick<typeof pipeline, 'createDefaultHttpClient'>,
  execution?: Limited & Partial<Pick<Execution, 'clock'>>
): pipeline.HttpClient {
  shared ??= http.createDefaultHttpClient();
  const client = shared;
  return {
    sendRequest: async request => {
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY]);
      const { readableStreamBody, ...response } = await client.sendRequest(request);
      execution?.clock?.heard?.(response.headers.get('date'));
      if (readableStreamBody === undefined) return response;
      const { pathname } = new URL(request.url);
      const body = await bytesOf(readableStreamBody as AsyncIterable<Uint8Array>, pathname, execution);
      const isEmpty = request.method === 'GET' && response.status === 200 && body.length === 0;
      if (isEmpty || isForeign(response.status, body)) throw foreignAnswer(pathname);
      return { ...response, bodyAsText: body.toString('utf8') };
    }
  };
}
