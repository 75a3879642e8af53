import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { certificateFailure } from '../../../engine/certificate-failure.ts';
import { newAgents } from '../../../engine/http.ts';
import { bytesOf, type Limited } from '../../../engine/limits.ts';

export type BoundedHandler = NodeHttpHandler;

/**
 * What sends the requests of a client, and of those that log in for it. Reads the body of each answer before the
 * SDK does, which reads it whatever its length; and says what was wrong with a certificate before the SDK puts its
 * own error around it.
 */
export function boundedHandler(limited?: Limited): BoundedHandler {
  return new Bounded(limited);
}

class Bounded extends NodeHttpHandler {
  readonly #limited: Limited | undefined;

  constructor(limited: Limited | undefined) {
    super(async () => ({ connectionTimeout: 5000, requestTimeout: 60_000, ...(await newAgents()) }));
    this.#limited = limited;
  }

  override async handle(...asked: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const [{ hostname }] = asked;
    const answer = await super.handle(...asked).catch((thrown: unknown) => {
      throw certificateFailure(hostname, thrown) ?? thrown;
    });
    const { response } = answer;
    if (response.body instanceof Readable) response.body = await bytesOf(response.body, hostname, this.#limited);
    return answer;
  }
}
