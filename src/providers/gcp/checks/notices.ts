import type { Notice } from '../../../engine/plan.ts';
import type { Instance } from '../api/types.ts';
import { isSharedCore } from '../api/tiers.ts';
import type { GcpContext } from '../context.ts';
import { operationsOf } from '../live-state.ts';
import type { Order } from './availability.ts';

/** The newest major that the PostgreSQL project has ended. https://www.postgresql.org/support/versioning/ */
const LAST_UNMAINTAINED = 14;
/** Most days that a deleted instance keeps its name. */
const NAME_DAYS = 7;

/** Notices on the live instance, or on the new one. */
export async function liveNotices(
  context: GcpContext,
  live: Instance | undefined,
  order: Pick<Order, 'version' | 'tier'>
): Promise<readonly Notice[]> {
  return live === undefined ? newNotices(context, order) : existingNotices(context, live);
}

async function newNotices(
  context: GcpContext,
  { version, tier }: Pick<Order, 'version' | 'tier'>
): Promise<readonly Notice[]> {
  const { settings, name } = context;
  const isCopy = settings.restore_source !== undefined || settings.restore_from_snapshot !== undefined;
  const notices: Notice[] = [];
  if (tier !== undefined && isSharedCore(tier)) {
    const message = `${tier} shares its core: Google promises no availability for it, and needs 30 to 50 minutes to create it.`;
    notices.push({ code: 'shared-core', severity: 'warning', input: 'instance_class', message });
  }
  if (Number(version) <= LAST_UNMAINTAINED && !isCopy) {
    const message = `The PostgreSQL project no longer maintains ${version}: Google charges for its extended support. Set \`engine_version\` to a newer major.`;
    notices.push({ code: 'version-ended', severity: 'warning', input: 'engine_version', message });
  }
  if (settings.publicly_accessible === undefined && settings.vpc_id === undefined && !isCopy) {
    const message =
      'Without `vpc_id` the instance gets a public address. Only `allowed_cidr_blocks` and the Cloud SQL Auth Proxy reach it.';
    notices.push({ code: 'public-address', severity: 'info', input: 'publicly_accessible', message });
  }
  const deleted = await deletion(context);
  if (deleted !== undefined) {
    const message = `An instance ${name} was deleted on ${deleted.slice(0, 10)}. Cloud SQL may refuse its name for up to ${NAME_DAYS} days: then set another \`name\`.`;
    notices.push({ code: 'name-reserved', severity: 'warning', input: 'name', message });
  }
  return notices;
}

/** When an instance of this name was last deleted, within the last week. */
async function deletion(context: GcpContext): Promise<string | undefined> {
  const all = await context.ask(`operations ${context.name}`, async () => operationsOf(context, context.name));
  const last = all.find(one => one.operationType === 'DELETE' && one.error === undefined);
  if (last?.insertTime === undefined) return undefined;
  const days = (context.execution.clock.now().getTime() - Date.parse(last.insertTime)) / 86_400_000;
  return days < NAME_DAYS ? last.insertTime : undefined;
}

function existingNotices({ settings }: GcpContext, live: Instance): readonly Notice[] {
  const notices: Notice[] = [];
  const { allocated_storage: asked, max_allocated_storage: limit } = settings;
  const size = Number(live.settings?.dataDiskSizeGb ?? 0);
  const grows = limit === undefined ? live.settings?.storageAutoResize !== false : limit > 0;
  if (asked !== undefined && size > asked && grows) {
    const message = `The disk has grown to ${size} GiB by itself. It never shrinks, so that ${asked} GiB has no effect.`;
    notices.push({ code: 'storage-grown', severity: 'info', input: 'allocated_storage', message });
  }
  const { ipConfiguration } = live.settings ?? {};
  const isOpen = ipConfiguration?.authorizedNetworks?.some(one => one.value === '0.0.0.0/0') === true;
  if (isOpen && settings.allowed_cidr_blocks === undefined) {
    const message =
      'The instance is open to every address (0.0.0.0/0), and no input asks for that. Set `allowed_cidr_blocks`.';
    notices.push({ code: 'less-safe', severity: 'warning', input: 'allowed_cidr_blocks', message });
  }
  if (ipConfiguration?.sslMode === 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' && settings.ssl_mode === undefined) {
    const message =
      'The instance accepts connections without TLS, and no input asks for that. Set `ssl_mode: ENCRYPTED_ONLY`.';
    notices.push({ code: 'less-safe', severity: 'warning', input: 'ssl_mode', message });
  }
  return notices;
}
