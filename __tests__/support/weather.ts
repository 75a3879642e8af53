import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { lines, type CloudRun } from './cloud-run.ts';
import { accountOf, without } from './every-call.ts';
import { generator } from './random.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the way to a server and back does to one call. `late`: the call took effect, and its answer is lost. */
export const FAULTS = [
  'gateway page',
  'late gateway page',
  'sign-in page',
  'late sign-in page',
  'page of a missing page',
  'missing page in plain text',
  'empty 500',
  'reset',
  'late reset',
  'stall in header',
  'stall in body'
] as const;
/** Those that no real service sends by chance: a DELETE may be answered with nothing. */
export type WeatherFault = (typeof FAULTS)[number] | 'empty success';

/**
 * Random failures between a program and a fake cloud. The same seed gives the same failures for the same calls in the
 * same order.
 */
export interface Weather {
  /** Limits the time of a call, so that a stall costs the test little. */
  readonly env: Readonly<Record<string, string>>;
  /** What has happened so far: `late reset at POST /v2/databases`. */
  readonly happened: readonly string[];
  /** From now on each call is hit at this rate. */
  blow(rate: number): void;
  /** From now on every nth call is hit, by each fault in turn. */
  hitEvery(nth: number): void;
  calm(): void;
  /** The server's own function, with weather in front of it. */
  around(serve: Serve): Serve;
}

export function weather(seed: number, faults: readonly WeatherFault[] = FAULTS): Weather {
  const random = generator(seed);
  const happened: string[] = [];
  let rate = 0;
  let [nth, count] = [0, 0];
  const next = (): WeatherFault | undefined => {
    if (nth === 0) return random() < rate ? faults[Math.floor(random() * faults.length)] : undefined;
    count += 1;
    return count % nth === 0 ? faults[(count / nth - 1) % faults.length] : undefined;
  };
  return {
    env: { PGKEEP_CALL_SECONDS: '0.4' },
    happened,
    blow: given => {
      rate = given;
    },
    hitEvery: given => {
      [nth, count] = [given, 0];
    },
    calm: () => {
      [rate, nth] = [0, 0];
    },
    around: serve => async (request, response) => {
      const fault = next();
      if (fault === undefined) return serve(request, response);
      happened.push(`${fault} at ${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`);
      return STRIKES[fault](request, response, serve, random);
    }
  };
}

type Strike = (
  request: IncomingMessage,
  response: ServerResponse,
  serve: Serve,
  random: () => number
) => Promise<void> | void;

const STRIKES: Readonly<Record<WeatherFault, Strike>> = {
  'gateway page': (request, response, _serve, random) => {
    request.resume();
    sendGatewayPage(response, random);
  },
  'late gateway page': async (request, response, serve, random) => {
    const { send } = await answered(request, response, serve);
    send(() => sendGatewayPage(response, random));
  },
  'sign-in page': (request, response) => {
    request.resume();
    sendSignInPage(response);
  },
  'late sign-in page': async (request, response, serve) => {
    const { send } = await answered(request, response, serve);
    send(() => sendSignInPage(response));
  },
  'empty 500': (request, response) => {
    request.resume();
    response.writeHead(500).end();
  },
  'empty success': (request, response) => {
    request.resume();
    response.writeHead(200).end();
  },
  'page of a missing page': (request, response) => {
    request.resume();
    const page = '<html><head><title>404 Not Found</title></head><body><h1>404</h1></body></html>';
    response.writeHead(404, { 'content-type': 'text/html' }).end(page);
  },
  // As routers on the way say it.
  'missing page in plain text': (request, response) => {
    request.resume();
    response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
  },
  reset: request => void request.socket.destroy(),
  'late reset': async (request, response, serve) => {
    await answered(request, response, serve);
    request.socket.destroy();
  },
  'stall in header': async (request, response, serve) => {
    await answered(request, response, serve);
  },
  'stall in body': async (request, response, serve) => {
    const { send, status, headers, body } = await answered(request, response, serve);
    send(() => {
      response.writeHead(status, headers).write(body.slice(0, Math.floor(body.length / 2)));
    });
  }
};

/** As a load balancer writes it: no API's form, and no JSON. */
function sendGatewayPage(response: ServerResponse, random: () => number): void {
  const status = 502 + Math.floor(random() * 3);
  const page = `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`;
  response.writeHead(status, { 'content-type': 'text/html' }).end(page);
}

/** As a proxy writes it that wants a person to sign in: well-formed, and a success. */
function sendSignInPage(response: ServerResponse): void {
  const page = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>';
  response.writeHead(200, { 'content-type': 'text/html' }).end(page);
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  /**
   * Writes to the response again, of which the server's own answer was kept back. Nothing when the server cut the
   * connection.
   */
  readonly send: (write: () => void) => void;
}

/** Lets the server do its work, and keeps its answer back. */
async function answered(request: IncomingMessage, response: ServerResponse, serve: Serve): Promise<Answer> {
  const kept = { status: 0, headers: {} as OutgoingHttpHeaders, body: '' };
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders = {}) => {
    Object.assign(kept, { status, headers });
    return response;
  }) as ServerResponse['writeHead'];
  response.end = ((body: string | Buffer = '') => {
    kept.body = String(body);
    return response;
  }) as ServerResponse['end'];
  await serve(request, response);
  return {
    ...kept,
    send: write => {
      for (const own of ['writeHead', 'end']) Reflect.deleteProperty(response, own);
      if (!request.socket.destroyed) write();
    }
  };
}

interface Fake {
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

export interface WeatherScenario<C extends Fake> {
  /** Starts a cloud of its own with this weather in front of it. */
  start(weather: Weather): Promise<C>;
  /** Opens a run of the largest example. */
  run(cloud: C): Promise<CloudRun>;
  readonly seeds: readonly number[];
  /** How many calls in a hundred are hit. */
  readonly percent: number;
}

/**
 * Applies with random failures, once for each seed, and compares the account with one without failures. A line for each
 * difference: a failed apply, a missing resource, one that exists twice, a change that a second plan would still make.
 */
export async function applyInWeather<C extends Fake>(scenario: WeatherScenario<C>): Promise<readonly string[]> {
  const calm = await applied(scenario, weather(0), 0);
  const wrong: string[] = [...calm.wrong];
  let happened = 0;
  for (const seed of scenario.seeds) {
    const air = weather(seed);
    const { wrong: found, account } = await applied(scenario, air, scenario.percent / 100);
    happened += air.happened.length;
    const differences = [
      ...found,
      ...without(account, calm.account).map(line => `too much: ${line}`),
      ...without(calm.account, account).map(line => `missing: ${line}`)
    ];
    if (differences.length > 0) wrong.push(...differences.map(line => `seed ${seed}: ${line}`), ...air.happened);
  }
  return happened === 0 ? [...wrong, 'the weather was good'] : wrong;
}

async function applied<C extends Fake>(
  scenario: WeatherScenario<C>,
  air: Weather,
  rate: number
): Promise<{ readonly wrong: readonly string[]; readonly account: readonly string[] }> {
  const cloud = await scenario.start(air);
  try {
    air.blow(rate);
    const wrong: string[] = [];
    try {
      await (await scenario.run(cloud)).apply();
    } catch (thrown) {
      wrong.push(`the apply fails: ${String(thrown)}`);
    }
    air.calm();
    const left = rate === 0 ? [] : lines((await (await scenario.run(cloud)).plan()).plan);
    return { wrong: [...wrong, ...left.map(line => `still to do: ${line}`)], account: accountOf(cloud) };
  } finally {
    await cloud.stop();
  }
}
