import { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { certificateFailure } from '../../../engine/certificate-failure.ts';
import { foreignAnswer, isForeign, startOf } from '../../../engine/foreign-answer.ts';
import type { Execution } from '../../../engine/execution.ts';
import { sharedAgents } from '../../../engine/http.ts';
import { bytesOf, type Limited } from '../../../engine/limits.ts';

export type BoundedHandler = NodeHttpHandler;

/** Has limits for answers, and hears their time. */
type Answered = Limited & Partial<Pick<Execution, 'clock'>>;

/**
 * Sends the requests of a client, and of those that log in for it, over connections that all clients share: none is
 * ever destroyed. Reads the body of each answer before the SDK does, which reads it whatever its length; and says what
 * was wrong with a certificate before the SDK puts its own error around it. An answer that is not from AWS fails the
 * call: the SDK would read a list of nothing in it.
 */
export function boundedHandler(limited?: Answered): BoundedHandler {
  return new Bounded(limited);
}

class Bounded extends NodeHttpHandler {
  readonly #limited: Answered | undefined;

  constructor(limited: Answered | undefined) {
    super(async () => ({ connectionTimeout: 5000, requestTimeout: 60_000, ...(await sharedAgents()) }));
    this.#limited = limited;
  }

  override async handle(...asked: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const [{ hostname }] = asked;
    const answer = await super.handle(...asked).catch((thrown: unknown) => {
      throw certificateFailure(hostname, thrown) ?? thrown;
    });
    const { response } = answer;
    this.#limited?.clock?.heard?.(response.headers['date']);
    if (!(response.body instanceof Readable)) return answer;
    const body = await bytesOf(response.body, hostname, this.#limited);
    const { statusCode: status } = response;
    if (isForeign(status, body) || (status < 300 && isNoList(asked[0].headers, body))) throw foreignAnswer(hostname);
    response.body = body;
    return answer;
  }
}

/** The services that are asked with a form answer with `<DescribeDBInstancesResponse …>`, never with nothing. */
function isNoList(headers: Readonly<Record<string, string>>, body: Buffer): boolean {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return isForm && !/^\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?\w+Response\b/.test(startOf(body));
}
