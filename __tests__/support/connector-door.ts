import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { randomInt } from 'node:crypto';
import { connect as connectTls, createServer, type Server, type TLSSocket } from 'node:tls';
import { TOKEN_OF } from '../clouds/gcp/connect.ts';
import type { ConnectorSide } from '../clouds/gcp/state.ts';
import { authority, type Authority } from './certificate-authority.ts';

/** The side of an instance that the connector goes to, before a real server. */
export interface ConnectorDoor extends ConnectorSide {
  readonly host: string;
  /** Sessions that passed it, each by the user who logged in. */
  readonly users: readonly string[];
  /** Shows this certificate from now on. Default: one of the instance. */
  show(commonName: string, by?: Authority): void;
  /** Takes certificates of this authority from now on. Default: of its own. */
  takes(certificate: string): void;
  close(): Promise<void>;
}

/** The connector knows no other. */
const PORT = 3307;

/**
 * Opens it for an instance (`project:name`) before a server on the loopback interface. As Cloud SQL does, it demands a
 * certificate that the API signed, and logs an IAM user in by the token in it alone: the server has to trust that user.
 * `tls`: the server behind is connected to with TLS of its own.
 */
export async function connectorDoor(
  instance: string,
  { port, host: asked, tls = false }: { readonly port: number; readonly host?: string; readonly tls?: boolean }
): Promise<ConnectorDoor> {
  const own = authority();
  const shown = own.issueKey(instance);
  const usual = { ...shown, ca: own.certificate, requestCert: true, rejectUnauthorized: true } as const;
  const users: string[] = [];
  const server = createServer({ ...usual, minVersion: 'TLSv1.3' }, client => {
    client.on('error', () => client.destroy());
    client.once('data', (first: Buffer) => {
      client.pause();
      const user = userIn(first);
      const refused = refusal(client, user);
      if (refused !== undefined) {
        client.end(refused);
        return;
      }
      users.push(user);
      const lead = async (): Promise<void> => {
        const behind = tls ? await connectWithTls(port) : connect(port, '127.0.0.1');
        behind.on('error', () => client.destroy()).pipe(client);
        client.on('close', () => behind.destroy());
        behind.write(first);
        client.pipe(behind);
      };
      lead().catch(() => client.destroy());
    });
  });
  server.on('tlsClientError', (_, socket: TLSSocket) => socket.destroy());
  let context: { cert: string; key: string; ca: string } = { ...shown, ca: own.certificate };
  const change = (changes: Partial<typeof context>): void => {
    context = { ...context, ...changes };
    server.setSecureContext({ ...context, minVersion: 'TLSv1.3' });
  };
  return {
    host: await listen(server, asked),
    ca: own.certificate,
    sign: (publicKey, token) => own.issue(publicKey, token === undefined ? instance : TOKEN_OF),
    users,
    show: (commonName, by = own) => change(by.issueKey(commonName)),
    takes: ca => change({ ca }),
    close: async () => {
      server.close();
      await once(server, 'close');
    }
  };
}

/**
 * Linux has 16 million addresses of its own, so that files of tests do not meet. Elsewhere there is one, and the port
 * itself is the lock.
 */
async function listen(server: Server, asked: string | undefined): Promise<string> {
  const byte = (): number => randomInt(1, 255);
  for (;;) {
    const own = process.platform === 'linux' ? `127.${byte()}.${byte()}.${byte()}` : '127.0.0.1';
    const host = asked ?? own;
    server.listen(PORT, host);
    try {
      await once(server, 'listening');
      return host;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

/** As clients of PostgreSQL begin TLS: a request of eight bytes, an `S`, and the handshake. */
async function connectWithTls(port: number): Promise<Socket> {
  const plain = connect(port, '127.0.0.1');
  plain.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
  await once(plain, 'data');
  return connectTls({ socket: plain, rejectUnauthorized: false });
}

/** Of a StartupMessage: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function userIn(startup: Buffer): string {
  const parts = startup.subarray(8).toString('utf8').split('\0');
  return parts[parts.indexOf('user') + 1] ?? '';
}

/** An IAM user has no password: who logs in as one shows a certificate with a token of that user. */
function refusal(client: TLSSocket, user: string): Buffer | undefined {
  const { CN } = client.getPeerCertificate().subject;
  if ((CN === TOKEN_OF || user.endsWith('.iam')) && CN !== user) {
    const message = `Cloud SQL IAM service account authentication failed for user "${user}"`;
    const fields = Buffer.from(`SFATAL\0VFATAL\0C28P01\0M${message}\0\0`);
    const head = Buffer.alloc(5);
    head.write('E');
    head.writeInt32BE(fields.length + 4, 1);
    return Buffer.concat([head, fields]);
  }
  return undefined;
}
