import { defined } from '../../../engine/defined.ts';
import { EXTENSION_ALIASES } from '../../../postgres/extension.ts';
import type { Problem } from '../../../spec/problem.ts';
import type { LocalContext } from '../context.ts';
import type { Located } from '../installation/installation.ts';
import { isPackaged, packageHint } from '../installation/package-hint.ts';

/**
 * Extensions that a new server of the published programs would not have: those that packages of the system have, so
 * that none is downloaded and started in vain. Pure.
 */
export function publishedExtensions({ settings, machine }: LocalContext, located: Located): readonly Problem[] {
  if (located.source !== 'download' && located.source !== 'tool-cache') return [];
  const { version } = located;
  const inDatabases = Object.values(settings.databases ?? {}).flatMap(one =>
    one === 'absent' ? [] : (one.extensions ?? [])
  );
  return [...new Set([...(settings.extensions ?? []), ...inDatabases])].flatMap(name => {
    const suggestion = EXTENSION_ALIASES[name.toLowerCase()];
    const meant = suggestion ?? name;
    const hint = isPackaged(meant) ? packageHint(meant, version, machine.platform, true) : undefined;
    if (hint === undefined) return [];
    const why = `is not in the published programs of PostgreSQL ${version}`;
    const instead = hint.charAt(0).toLowerCase() + hint.slice(1).replace(/\.$/, '');
    return [defined({ input: 'extensions', value: name, why, suggestion, instead })];
  });
}
