import { EventEmitter } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceClient } from '@azure/core-client';
import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { actionOf } from '../clouds/azure/dispatch.ts';
import { ACTION_HEADER } from '../clouds/exchange.ts';

/**
 * Answers of a cloud to runs that only read: a question is asked once, and each later run that asks the same gets
 * that answer. For tests of what runs make of the answers, while nothing changes in the account.
 */
interface KeptAnswers {
  /**
   * From now on, with no answer yet. `except`: with those that it has, except those to calls of these names, while
   * nothing goes on in the account.
   */
  start(except?: RegExp): void;
  /** Calls of this name, which fail from now on, are made once more each, and their failures are kept as answers. */
  except(action: string): void;
  stop(): void;
}

interface Command {
  readonly input: unknown;
}

interface AwsClient {
  readonly config: { region(): Promise<string> };
  send: (this: AwsClient, command: Command, ...more: readonly unknown[]) => Promise<unknown>;
}

interface AzureClient {
  sendRequest: (this: AzureClient, request: PipelineRequest) => Promise<unknown>;
}

/** A whole answer over HTTP to a request without a body. */
interface Page {
  readonly action: string;
  readonly status: number;
  readonly headers: NodeJS.Dict<string[]>;
  readonly body: Buffer;
}

type Listener = (message: IncomingMessage) => void;

/** As Node gives it to the listener of a request. Its body is read from that. */
function messageOf({ status, headers }: Omit<Page, 'action' | 'body'>, body: Readable): IncomingMessage {
  const of = Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]);
  const message = Object.assign(body, {
    statusCode: status,
    headers: Object.fromEntries(of) as NodeJS.Dict<string>,
    headersDistinct: headers
  });
  return message as unknown as IncomingMessage;
}

/** A request that has its answer already. */
function answered(page: Page, listener: Listener): http.ClientRequest {
  const end = (): void => queueMicrotask(() => listener(messageOf(page, Readable.from([page.body]))));
  return Object.assign(new EventEmitter(), { end }) as unknown as http.ClientRequest;
}

/**
 * It works where the libraries of AWS and Azure are called, and spares these too. Of the other clouds it keeps what is
 * read over HTTP.
 */
export function keepAnswers(): KeptAnswers {
  const aws = Object.getPrototypeOf(RDSClient.prototype) as AwsClient;
  const azure = ServiceClient.prototype as AzureClient;
  const { send } = aws;
  const { sendRequest } = azure;
  const { request } = http;
  const answers = new Map<string, { readonly action: string; readonly answer: unknown }>();
  const pages = new Map<string, Page>();
  let isAtRest = false;
  let excepted: string | undefined;
  const failing = new Map<string, Promise<unknown>>();
  const failedPages = new Map<string, Page>();
  const kept = async (action: string, question: readonly unknown[], ask: () => Promise<unknown>): Promise<unknown> => {
    const key = JSON.stringify(question);
    if (action === excepted) {
      const asked = failing.get(key) ?? ask();
      failing.set(key, asked);
      return asked;
    }
    const { answer } = answers.get(key) ?? { answer: await ask() };
    answers.set(key, { action, answer });
    return answer;
  };
  const begin = (url: URL, options: http.RequestOptions, listener: Listener): http.ClientRequest => {
    const key = JSON.stringify([url.href, options.headers]);
    const page = failedPages.get(key) ?? pages.get(key);
    if (page !== undefined && (page.action !== excepted || failedPages.has(key))) return answered(page, listener);
    return request(url, options, message => {
      const [action = ''] = message.headersDistinct[ACTION_HEADER] ?? [];
      const { statusCode: status = 0, headersDistinct: headers } = message;
      const chunks: Buffer[] = [];
      const body = new Readable({ read: () => undefined });
      message.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        body.push(chunk);
      });
      message.on('error', thrown => body.destroy(thrown));
      message.on('end', () => {
        body.push(null);
        // What goes on is looked at until it has ended.
        if (!isAtRest && action.startsWith('operations.')) return;
        (action === excepted ? failedPages : pages).set(key, { action, status, headers, body: Buffer.concat(chunks) });
      });
      listener(messageOf({ status, headers }, body));
    });
  };
  const patch = (): void => {
    aws.send = async function (this: AwsClient, command, ...more) {
      const action = command.constructor.name.replace(/Command$/, '');
      const question = [this.constructor.name, await this.config.region(), action, command.input];
      return kept(action, question, async () => send.call(this, command, ...more));
    };
    azure.sendRequest = async function (this: AzureClient, asked) {
      const { method, url, body } = asked;
      const action = actionOf(method, new URL(url).pathname);
      return kept(action, [method, url, body], async () => sendRequest.call(this, asked));
    };
    http.request = ((...given: Parameters<typeof request>) => {
      const [url, options] = given as unknown as Parameters<typeof begin>;
      const isRead = url instanceof URL && options.method === 'GET';
      return isRead ? begin(...(given as unknown as Parameters<typeof begin>)) : request(...given);
    }) as typeof request;
    syncBuiltinESMExports();
  };
  return {
    start: except => {
      isAtRest = except !== undefined;
      for (const known of [answers, pages]) {
        for (const [key, { action }] of known) if (except?.test(action) !== false) known.delete(key);
      }
      excepted = undefined;
      failing.clear();
      failedPages.clear();
      patch();
    },
    except: action => {
      excepted = action;
      failing.clear();
      failedPages.clear();
    },
    stop: () => {
      aws.send = send;
      azure.sendRequest = sendRequest;
      http.request = request;
      syncBuiltinESMExports();
    }
  };
}
