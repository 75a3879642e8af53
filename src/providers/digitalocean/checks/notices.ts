import type { Notice } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { textsOf } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { takesLong } from '../../takes-long.ts';
import { SERVER } from '../addresses.ts';
import { MOST_A_MINUTE } from '../api/pacing.ts';
import { cleanTags, tagOf } from '../api/tags.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

const STORAGE_STEP_GIB = 10;

/** What the user should know about these inputs and the live cluster. */
export function liveNotices(
  context: DigitalOceanContext,
  live: Cluster | undefined,
  observed: readonly Observed[]
): readonly Notice[] {
  const { settings } = context;
  return [
    ...storageNotices(settings.allocated_storage, live),
    ...sourceNotices(settings, observed),
    ...tagNotices(context, live)
  ];
}

function storageNotices(gib: number | undefined, live: Cluster | undefined): readonly Notice[] {
  if (gib === undefined) return [];
  const input = 'allocated_storage';
  const now = (live?.storage_size_mib ?? 0) / 1024;
  if (now > gib) {
    const message = `The cluster has ${now} GiB of storage, and DigitalOcean never shrinks it: \`${input}: ${gib}\` changes nothing.`;
    return [{ code: 'storage-grown', severity: 'info', input, message }];
  }
  const limits: readonly Notice[] = now === gib ? [] : [UNKNOWN_LIMITS];
  if (gib % STORAGE_STEP_GIB === 0) return limits;
  const rounded = Math.ceil(gib / STORAGE_STEP_GIB) * STORAGE_STEP_GIB;
  const message = `DigitalOcean sells storage in steps of ${STORAGE_STEP_GIB} GiB: ${gib} GiB become ${rounded}.`;
  return [...limits, { code: 'value-rounded', severity: 'info', input, message }];
}

/** `GET /v2/databases/options` lists sizes without their storage; the reference of the API refers to the price list. */
const UNKNOWN_LIMITS: Notice = {
  code: 'limits-unknown',
  severity: 'info',
  input: 'allocated_storage',
  message:
    'Could not check whether the size can have this storage: DigitalOcean lists the limits in its price list only, and refuses a wrong one during the apply.'
};

/**
 * Connections that no input allows: all of them where there is no source, and those from the sources of others.
 */
function sourceNotices(settings: Settings, observed: readonly Observed[]): readonly Notice[] {
  const input = 'allowed_cidr_blocks';
  const server = observed.find(({ address }) => address === SERVER);
  const others = textsOf(server?.facts['otherSources']);
  const networks = settings[input] ?? textsOf(server?.fields['trusted_sources']);
  if (networks.length === 0 && others.length === 0) {
    const message = 'The database has no trusted sources: everyone on the internet may try to connect';
    return [{ code: 'public-exposure', severity: 'danger', input, message }];
  }
  const open = openReplicas(observed, networks.length > 0);
  if (settings[input] === undefined || others.length === 0) return open;
  const names = others.map(one => `\`${one}\``).join(', ');
  const isOpen = others.some(one => one.endsWith('/0'));
  const message = `${names} may connect too: this action keeps trusted sources that it did not add.`;
  return [...open, { code: 'sources-kept', severity: isOpen ? 'warning' : 'info', input, message }];
}

/** Replicas that admit everyone, though their cluster does not, and that this plan does not restrict. */
function openReplicas(observed: readonly Observed[], isPlanned: boolean): readonly Notice[] {
  return observed
    .filter(({ type, facts, ownership }) => {
      return type === 'replica' && facts['isOpen'] === true && !(isPlanned && ownership.kind === 'ours');
    })
    .map(({ title }) => ({
      code: 'less-safe',
      severity: 'danger',
      message: `The ${title} has no trusted sources, and its cluster has some: everyone on the internet may try to connect. Add trusted sources to it in the DigitalOcean control panel.`
    }));
}

/** Tags of a live cluster change one after the other; a new one gets all of them in the call that creates it. */
function tagNotices(context: DigitalOceanContext, live: Cluster | undefined): readonly Notice[] {
  const { tags } = context.settings;
  if (tags === undefined || live === undefined) return [];
  const now = new Set((live.tags ?? []).map(tag => tag.toLowerCase()));
  const count = Object.entries(cleanTags(tags)).filter(([key, value]) => !now.has(tagOf(key, value))).length;
  // One call makes the tag, another one assigns it.
  const perMinute = MOST_A_MINUTE / 2;
  return takesLong(context, { input: 'tags', count, what: 'tags', perMinute, instead: 'list fewer tags' });
}
