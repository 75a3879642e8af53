import { access, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { shorten } from '../../postgres/statement-group.ts';
import type { CleanUp } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import type { ServerLayout } from './cluster/layout.ts';
import { currentLayout, removeServerDirectory } from './cluster/server-directory.ts';
import { stopServer } from './cluster/stop.ts';
import { thisMachine } from './installation/machine.ts';

const TAIL_BYTES = 4096;
const TAIL_LINES = 20;

/** The post step: shows the end of the server's log when the job failed, stops the server and removes its data. */
export async function cleanUp({ name, keep, jobFailed, env, paths, execution }: CleanUp): Promise<void> {
  const machine = { ...thisMachine(env), temporaryDirectory: paths.temp };
  const layout = currentLayout(machine, name);
  if (jobFailed) {
    for (const line of await lastLines(layout.logFile)) execution.log.info(line);
  }
  if (keep) {
    execution.log.info(`PostgreSQL ${name} is left running (keep_running: true)`);
    return;
  }
  const binDir = (await readCredentials(layout.credentialsFile).catch(() => undefined))?.binDir ?? '';
  for (const dataDirectory of await dataDirectories(layout)) {
    await stopServer(execution, { machine, dataDirectory, binDir, mode: 'immediate' });
  }
  const wasThere = await access(layout.directory).then(
    () => true,
    () => false
  );
  await removeServerDirectory(layout);
  if (wasThere) execution.log.info(`PostgreSQL ${name} is stopped and its data removed`);
}

/** The server's own data directory after those of its standbys, which lie inside its directory. */
async function dataDirectories(layout: ServerLayout): Promise<readonly string[]> {
  const folders = await readdir(layout.directory).catch(() => []);
  const standbys = folders.filter(folder => folder.startsWith('standby-'));
  return [...standbys.map(folder => path.join(layout.directory, folder, 'data')), layout.dataDirectory];
}

async function lastLines(file: string): Promise<readonly string[]> {
  const log = await open(file, 'r').catch(() => undefined);
  if (log === undefined) return [];
  try {
    const { size } = await log.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    const lines = buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .split(/\n(?!\t)/)
      .filter(entry => entry !== '')
      .flatMap(withoutRows);
    return ['The last lines of the server log:', ...lines.slice(-TAIL_LINES).map(line => `  ${line}`)];
  } finally {
    await log.close();
  }
}

/** Messages that quote a value, in the log as everywhere in English. */
const QUOTES_VALUE = /(ERROR: {2}(?:invalid (?:input|value)|malformed|date\/time|value |time zone)[^"]*)".*"/s;

/** An entry of the log on one line, without what it quotes of rows: the log of a job is read by many. */
function withoutRows(entry: string): readonly string[] {
  const [, before = '', level = '', text = ''] =
    /^(.*?\b)(DETAIL|CONTEXT|QUERY|STATEMENT): {2}(.*)$/s.exec(entry) ?? [];
  if (level === 'STATEMENT') return [`${before}${level}:  ${shorten(text)}`];
  return level === '' ? [entry.replace(QUOTES_VALUE, '$1"…"')] : [];
}
