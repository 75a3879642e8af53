import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { certificateFailure } from '../../../engine/certificate-failure.ts';
import { bytesOf } from '../../../engine/limits.ts';

export type BoundedHandler = NodeHttpHandler;

/**
 * What sends the requests of a client, and of those that log in for it. Reads the body of each answer before the
 * SDK does, which reads it whatever its length; and says what was wrong with a certificate before the SDK puts its
 * own error around it.
 */
export function boundedHandler(): BoundedHandler {
  return new Bounded({ connectionTimeout: 5000, requestTimeout: 60_000 });
}

class Bounded extends NodeHttpHandler {
  override async handle(...asked: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const [{ hostname }] = asked;
    const answer = await super.handle(...asked).catch((thrown: unknown) => {
      throw certificateFailure(hostname, thrown) ?? thrown;
    });
    const { response } = answer;
    if (response.body instanceof Readable) response.body = await bytesOf(response.body, hostname);
    return answer;
  }
}
