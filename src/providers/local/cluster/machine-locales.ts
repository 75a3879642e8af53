import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programEnvironment } from '../../../engine/program-environment.ts';
import type { Machine } from '../installation/machine.ts';

/**
 * The names of a machine's locales, or `unknown` where the server has to list them itself: it needs 40 ms for each
 * database, since it looks at every locale of ICU again.
 */
export type MachineLocales = readonly string[] | 'unknown';

/** Locales that every cluster knows from the start. */
const EVERYWHERE = new Set(['C', 'POSIX']);

/** `C.utf8`, `en_US.UTF-8`: the name says the encoding, without asking the C library. */
const UTF_8 = /^([A-Za-z_]+)\.utf-?8((?:@[A-Za-z0-9]+)?)$/i;

/** Lists the locales of the machine's C library, as PostgreSQL does: by `locale -a`. Never throws. */
export async function machineLocales(machine: Machine): Promise<MachineLocales> {
  if (machine.platform !== 'linux') return 'unknown';
  try {
    const { stdout } = await promisify(execFile)('locale', ['-a'], { env: programEnvironment(machine) });
    const names = stdout.split('\n').filter(name => name !== '' && !EVERYWHERE.has(name));
    return names.every(name => UTF_8.test(name)) ? names : 'unknown';
  } catch {
    // Without the program, PostgreSQL finds no locales either.
    return [];
  }
}

/**
 * The collations that initdb makes of locales, by name: one with the locale's own name, and one without the encoding in
 * it (`en_US` of `en_US.utf8`). https://www.postgresql.org/docs/current/collation.html
 */
export function collationsOf(locales: readonly string[]): ReadonlyMap<string, string> {
  const aliases = locales.flatMap(locale => {
    const [, language = '', modifier = ''] = UTF_8.exec(locale) ?? [];
    return EVERYWHERE.has(language) ? [] : [[`${language}${modifier}`, locale] as const];
  });
  return new Map([...aliases, ...locales.map(locale => [locale, locale] as const)]);
}
