import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers with the address of a runner, as services on the internet do; here with any text. */
export interface EchoService {
  readonly url: string;
  /** What it answers from now on. */
  says(answer: string, status?: number): void;
  asked(): number;
  stop(): Promise<void>;
}

export async function startEcho(first: string): Promise<EchoService> {
  let [answer, status, asked] = [first, 200, 0];
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(answer);
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    says: (next, code = 200) => {
      [answer, status] = [next, code];
    },
    asked: () => asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => {
        server.close(resolve);
      });
    }
  };
}
