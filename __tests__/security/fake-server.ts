import { createServer as listen, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { makeCertificate } from '../../src/providers/local/cluster/certificate.ts';

/** What a server asks for at the login. `trust`: nothing. */
export type Asks = 'cleartext' | 'md5' | 'trust' | 'scram';

/** A server of an attacker that speaks the beginning of PostgreSQL's protocol: it keeps everything it receives. */
export interface FakeServer {
  readonly port: number;
  /** Its own authority. */
  readonly ca: string;
  /** Every byte that clients sent once the connection was theirs. */
  readonly heard: () => string;
  stop(): Promise<void>;
}

const REQUESTS: Readonly<Record<Asks, Buffer>> = {
  cleartext: message(3),
  md5: message(5, Buffer.from([1, 2, 3, 4])),
  trust: Buffer.concat([message(0), Buffer.from([0x5a, 0, 0, 0, 5, 0x49])]),
  scram: message(10, Buffer.from('SCRAM-SHA-256\0\0'))
};

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: an Authentication message. */
function message(kind: number, more = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.write('R');
  head.writeInt32BE(8 + more.length, 1);
  head.writeInt32BE(kind, 5);
  return Buffer.concat([head, more]);
}

export async function startFakeServer(asks: Asks, tls: boolean): Promise<FakeServer> {
  const { certificate, key } = makeCertificate({ commonName: 'localhost', now: new Date() });
  let heard = '';
  const sockets = new Set<Socket>();
  const talk = (stream: Socket): void => {
    let started = false;
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (!started) stream.write(REQUESTS[asks]);
      else if (asks !== 'scram') stream.write(REQUESTS.trust);
      started = true;
    });
    stream.on('error', () => {});
  };
  const server: Server = listen(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (!tls) return talk(socket);
    // SSLRequest is answered with one letter, then TLS begins.
    socket.once('data', () => {
      socket.write('S');
      talk(new TLSSocket(socket, { isServer: true, cert: certificate, key }));
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: certificate,
    heard: () => heard,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    }
  };
}
