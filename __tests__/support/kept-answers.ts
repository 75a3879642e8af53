import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceClient } from '@azure/core-client';
import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { actionOf } from '../clouds/azure/dispatch.ts';

/**
 * Answers of AWS and Azure to runs that only read: a question is asked once, and each later run that asks the same gets
 * that answer. For tests of what runs make of the answers, while nothing changes in the account.
 */
interface KeptAnswers {
  /** From now on, with no answer yet. */
  start(): void;
  /** Calls of this name are made each time, as those that fail. */
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

/** It works where the clouds' own libraries are called, and spares these too. Other clouds answer as ever. */
export function keepAnswers(): KeptAnswers {
  const aws = Object.getPrototypeOf(RDSClient.prototype) as AwsClient;
  const azure = ServiceClient.prototype as AzureClient;
  const { send } = aws;
  const { sendRequest } = azure;
  let answers = new Map<string, unknown>();
  let excepted: string | undefined;
  const kept = async (action: string, question: readonly unknown[], ask: () => Promise<unknown>): Promise<unknown> => {
    if (action === excepted) return ask();
    const key = JSON.stringify(question);
    const answer = answers.get(key) ?? (await ask());
    answers.set(key, answer);
    return answer;
  };
  return {
    start: () => {
      answers = new Map();
      excepted = undefined;
      aws.send = async function (this: AwsClient, command, ...more) {
        const action = command.constructor.name.replace(/Command$/, '');
        const question = [this.constructor.name, await this.config.region(), action, command.input];
        return kept(action, question, async () => send.call(this, command, ...more));
      };
      azure.sendRequest = async function (this: AzureClient, request) {
        const { method, url, body } = request;
        const action = actionOf(method, new URL(url).pathname);
        return kept(action, [method, url, body], async () => sendRequest.call(this, request));
      };
    },
    except: action => {
      excepted = action;
    },
    stop: () => {
      aws.send = send;
      azure.sendRequest = sendRequest;
    }
  };
}
