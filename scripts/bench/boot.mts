import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Ground } from './ground.mts';

/**
 * Milliseconds from the start of the process to the first thing that a provider asks of the world outside, over all
 * rounds but the first.
 */
export async function bootTimes(
  ground: Ground,
  boot: (ground: Ground, round: number) => Promise<number>
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round <= ground.rounds; round += 1) times.push(await boot(ground, round));
  return times.slice(1);
}

/** The first call of `local` asks a server program for its version: here one that notes when. */
export async function bootLocal(ground: Ground, round: number): Promise<number> {
  const binDir = path.join(ground.directory, `bin-${round}`);
  const note = path.join(binDir, 'asked');
  await mkdir(binDir);
  // Where root runs this, the program is asked as a user of its own.
  await chmod(binDir, 0o777);
  const script = [
    '#!/bin/sh',
    `[ -f ${note} ] || date +%s%N > ${note}`,
    `echo "postgres (PostgreSQL) ${ground.pin.version}"`
  ];
  await writeFile(path.join(binDir, 'postgres'), `${script.join('\n')}\n`, { mode: 0o755 });
  const job = await ground.job();
  const inputs = { cloud_provider: 'local', engine_version: String(ground.major), bin_dir: binDir, command: 'plan' };
  const { startedAt } = await job.step(inputs);
  return Number(readFileSync(note, 'utf8').trim()) / 1e6 - startedAt;
}

/** The first call of `aws` is a request to an endpoint of ours, which refuses it. */
export async function bootAws(ground: Ground): Promise<number> {
  let askedAt = 0;
  const server = createServer((_, response) => {
    askedAt ||= performance.timeOrigin + performance.now();
    response
      .writeHead(403)
      .end('<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>');
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example'
  };
  const job = await ground.job({ env });
  const { startedAt } = await job.step({ cloud_provider: 'aws', name: 'bench', command: 'plan' });
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  return askedAt - startedAt;
}
