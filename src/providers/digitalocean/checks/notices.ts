import type { Notice } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { textsOf } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { SERVER } from '../api/names.ts';
import type { Cluster } from '../context.ts';

const STORAGE_STEP_GIB = 10;

/** What somebody should know who sees these inputs beside what there is. */
export function liveNotices(
  settings: Settings,
  live: Cluster | undefined,
  observed: readonly Observed[]
): readonly Notice[] {
  return [...storageNotices(settings.allocated_storage, live), ...sourceNotices(settings, observed)];
}

function storageNotices(gib: number | undefined, live: Cluster | undefined): readonly Notice[] {
  if (gib === undefined) return [];
  const input = 'allocated_storage';
  const now = (live?.storage_size_mib ?? 0) / 1024;
  if (now > gib) {
    const message = `The cluster has ${now} GiB of storage, and DigitalOcean never takes storage away: \`${input}: ${gib}\` changes nothing.`;
    return [{ code: 'storage-grown', severity: 'info', input, message }];
  }
  if (gib % STORAGE_STEP_GIB === 0) return [];
  const rounded = Math.ceil(gib / STORAGE_STEP_GIB) * STORAGE_STEP_GIB;
  const message = `DigitalOcean gives storage in steps of ${STORAGE_STEP_GIB} GiB: ${gib} GiB become ${rounded}.`;
  return [{ code: 'value-rounded', severity: 'info', input, message }];
}

/** Who may connect without an input saying so: everybody, where there is no source at all, and those that are no networks. */
function sourceNotices(settings: Settings, observed: readonly Observed[]): readonly Notice[] {
  const input = 'allowed_cidr_blocks';
  const server = observed.find(({ address }) => address === SERVER);
  const others = textsOf(server?.facts['otherSources']);
  const networks = settings[input] ?? textsOf(server?.fields['trusted_sources']);
  if (networks.length === 0 && others.length === 0) {
    const message = 'The database has no trusted sources: everybody on the internet may try to connect';
    return [{ code: 'public-exposure', severity: 'danger', input, message }];
  }
  if (settings[input] === undefined || others.length === 0) return [];
  const names = others.map(one => `\`${one}\``).join(', ');
  const message = `${names} may connect too: trusted sources that are no networks stay as they are.`;
  return [{ code: 'sources-kept', severity: 'info', input, message }];
}
