import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '../../../engine/execution.ts';
import { ActionError } from '../../../errors.ts';
import { withSqlSession } from '../../../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/identifier.ts';
import { scramVerifier } from '../../../postgres/scram.ts';
import type { Machine } from '../installation/machine.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { makeCertificate } from './certificate.ts';
import { writeConfiguration } from './data-directory-configuration.ts';
import type { ServerOwner } from './owner.ts';
import { choosePort } from './port.ts';
import { SETTINGS_FILE, sharedMemoryType, writeSettings } from './settings.ts';
import { startServer } from './start.ts';
import { stopServer } from './stop.ts';

export interface ReplacePasswordRequest {
  readonly machine: Machine;
  readonly binDir: string;
  /** Of a stopped server with our configuration; it gets that configuration again at the end. */
  readonly dataDirectory: string;
  readonly owner: ServerOwner | undefined;
  readonly superuser: string;
  readonly password: string;
}

const PORT_TRIES = 5;

/**
 * Gives the superuser of a cluster a new password without the old one: starts the server so that only a client with a
 * certificate made for this moment can log in, sets the password, and shuts the server down. It also completes a
 * pending recovery. Works on every platform, where a private socket or single-user mode would not. Throws the failures
 * of start, connection and stop.
 */
export async function replacePassword(execution: Execution, request: ReplacePasswordRequest): Promise<void> {
  const { dataDirectory, owner, password, superuser } = request;
  const made = makeCertificate({ commonName: superuser, now: execution.clock.now() });
  const files = {
    certificateFile: join(dataDirectory, 'pgkeep-login.crt'),
    keyFile: join(dataDirectory, 'pgkeep-login.key'),
    logFile: join(dataDirectory, 'pgkeep-login.log')
  };
  await writeFileAtomically(files.certificateFile, made.certificate, { owner });
  await writeFileAtomically(files.keyFile, made.key, { owner });
  const onlyThisCertificate = `hostssl all ${quoteName(superuser)} 127.0.0.1/32 cert\n`;
  await writeFileAtomically(join(dataDirectory, 'pg_hba.conf'), onlyThisCertificate, { owner });
  try {
    const port = await startSomewhere(execution, request, files);
    await withSqlSession(
      {
        host: '127.0.0.1',
        port,
        user: superuser,
        password: '',
        database: 'postgres',
        tls: { verify: 'full', ca: made.certificate, client: made }
      },
      execution.signal,
      session =>
        session.query(
          `alter role ${quoteIdentifier(superuser)} with password ${quoteLiteral(scramVerifier(password))}`,
          [],
          `set the password of ${superuser}`
        )
    );
    await stopServer(execution, { ...request, mode: 'fast' });
  } finally {
    await stopServer(execution, { ...request, mode: 'immediate' });
    await Promise.all(
      [...Object.values(files), join(dataDirectory, SETTINGS_FILE)].map(file => rm(file, { force: true }))
    );
  }
  writeConfiguration(dataDirectory, owner);
}

async function startSomewhere(
  execution: Execution,
  request: ReplacePasswordRequest,
  files: { readonly certificateFile: string; readonly keyFile: string; readonly logFile: string }
): Promise<number> {
  const { dataDirectory, machine, owner } = request;
  const sharedMemory = await sharedMemoryType(machine);
  for (let tried = 1; ; tried += 1) {
    const { port } = await choosePort(machine, 'any');
    const settings = {
      port,
      addresses: ['127.0.0.1'],
      durable: false,
      sharedMemory,
      tls: files,
      parameters: { ssl_ca_file: files.certificateFile, autovacuum: 'off' }
    };
    await writeSettings(dataDirectory, settings, owner);
    try {
      await startServer(execution, { ...request, logFile: files.logFile });
      return port;
    } catch (thrown) {
      if (!(thrown instanceof ActionError && thrown.code === 'port-in-use') || tried >= PORT_TRIES) throw thrown;
    }
  }
}

/** A name in pg_hba.conf, where quotes take the special meaning from `all` and `+group`. */
function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
