import type * as pipeline from '@azure/core-rest-pipeline';
import { bytesOf, type Limited } from '../../../engine/limits.ts';

/** One for all sessions of this process: its idle connections serve the next session without another TLS handshake. */
let shared: pipeline.HttpClient | undefined;

/**
 * Azure's own HTTP client, which reads an answer whatever its length; this one ends at the limit, also of a compressed
 * answer.
 */
export function boundedHttpClient(
  http: Pick<typeof pipeline, 'createDefaultHttpClient'>,
  limited?: Limited
): pipeline.HttpClient {
  shared ??= http.createDefaultHttpClient();
  const client = shared;
  return {
    sendRequest: async request => {
      request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY]);
      const { readableStreamBody, ...response } = await client.sendRequest(request);
      if (readableStreamBody === undefined) return response;
      const body = await bytesOf(
        readableStreamBody as AsyncIterable<Uint8Array>,
        new URL(request.url).pathname,
        limited
      );
      return { ...response, bodyAsText: body.toString('utf8') };
    }
  };
}
