import { RDSClient } from '@aws-sdk/client-rds';

/**
 * Answers of AWS to runs that only read: a question is asked once, and each later run that asks the same gets that
 * answer. For tests of what runs make of the answers, while nothing changes in the account.
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

interface Client {
  readonly config: { region(): Promise<string> };
  send(command: Command, ...more: readonly unknown[]): Promise<unknown>;
}

/** Does nothing to the other clouds. */
export function keepAnswers(): KeptAnswers {
  const clients = Object.getPrototypeOf(RDSClient.prototype) as Client;
  const { send } = clients;
  let answers = new Map<string, unknown>();
  let excepted: string | undefined;
  const keeping = async function (this: Client, command: Command, ...more: readonly unknown[]): Promise<unknown> {
    const action = command.constructor.name.replace(/Command$/, '');
    if (action === excepted) return send.call(this, command, ...more);
    const region = await this.config.region();
    const question = [this.constructor.name, region, action, JSON.stringify(command.input)].join(' ');
    const answer = answers.get(question) ?? (await send.call(this, command, ...more));
    answers.set(question, answer);
    return answer;
  };
  return {
    start: () => {
      answers = new Map();
      excepted = undefined;
      clients.send = keeping;
    },
    except: action => {
      excepted = action;
    },
    stop: () => {
      clients.send = send;
    }
  };
}
