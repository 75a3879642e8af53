import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, platformName, programName, type Machine } from './machine.ts';
import type { Pin } from './pins.ts';

/** The file that makes an entry valid: written last, it names the package by its content. */
export const COMPLETE = '.complete';

/** Where the runner keeps tools between jobs; its temporary directory when it has no such place. */
export function toolCacheDirectory(machine: Machine): string {
  return machine.env['RUNNER_TOOL_CACHE'] || machine.temporaryDirectory;
}

/** The directory of a pinned package in the tool cache. Other content means another directory. */
export function entryDirectory(pin: Pin, machine: Machine): string {
  const content = Buffer.from(pin.sha512, 'base64').toString('hex').slice(0, 12);
  return join(toolCacheDirectory(machine), 'pgkeep-postgres', `${pin.version}-${content}`, platformName(machine));
}

/** The content of the marker of a complete entry. */
export function completeMark(pin: Pin): { readonly name: string; readonly text: string } {
  return { name: COMPLETE, text: `${pin.package}@${pin.packageVersion} sha512-${pin.sha512}\n` };
}

/** Whether an entry is complete: the server exists and the marker matches the pin. */
export async function isComplete(directory: string, pin: Pin, machine: Machine): Promise<boolean> {
  const mark = completeMark(pin);
  const [text, server] = await Promise.all([
    readFile(join(directory, mark.name), 'utf8').catch(() => undefined),
    exists(join(directory, 'bin', programName(machine, 'postgres')))
  ]);
  return server && text === mark.text;
}
