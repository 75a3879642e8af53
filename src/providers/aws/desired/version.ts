import type { DBEngineVersion, DBInstance } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { DEFAULT_MAJOR, MAJORS } from '../../../postgres/major.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import { NO_FINDINGS, noticeOn, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { isAtLeast } from '../resources/server/state.ts';
import { notChecked } from '../../not-checked.ts';
import { ignoring } from '../../failures.ts';
import { newerMajorNotice } from '../../major-upgrade.ts';
import { majorOf, numbersOf, orderOfVersions } from '../live-state.ts';

/** The version to run, with the findings about it. */
export interface VersionChoice extends Findings {
  /** Absent: no input names one, and the server exists. */
  readonly version?: string;
  /** The versions on offer may not be read: nothing can be said about a class with this version. */
  readonly isUnchecked?: true;
}

/**
 * The version that a server is created with or upgraded to. RDS withdraws old minors: a withdrawn one becomes the
 * newest of its major, with a notice. A minor newer than all is refused. A live server at or above the asked version
 * stays.
 */
export async function chooseVersion(context: AwsContext, live: DBInstance | undefined): Promise<VersionChoice> {
  const asked = context.settings.engine_version;
  const now = live?.EngineVersion;
  if (now === undefined) return unlessDenied(asked ?? String(DEFAULT_MAJOR), choiceForNew(context, asked));
  if (asked === undefined) return NO_FINDINGS;
  if (isAtLeast(now, asked)) return { version: asked, ...ahead(now, asked) };
  if (majorOf(asked) < majorOf(now)) return unlessDenied(asked, choiceForOlder(context, now, asked));
  return unlessDenied(asked, choiceForUpgrade(context, now, asked));
}

/** Where the versions may not be read, RDS gets the asked one as it is. */
async function unlessDenied(asked: string, choice: Promise<VersionChoice>): Promise<VersionChoice> {
  const notice = notChecked(`whether RDS offers PostgreSQL ${asked}`, 'rds:DescribeDBEngineVersions');
  const answer = await ignoring(['denied'], choice);
  return answer ?? { version: asked, isUnchecked: true, notices: [notice], problems: [] };
}

async function choiceForNew(context: AwsContext, asked: string | undefined): Promise<VersionChoice> {
  const major = asked === undefined ? majorWithout(context.settings) : majorOf(asked);
  const offered = (await context.offerings.versions(major)).filter(isOffered).flatMap(one => one.EngineVersion ?? []);
  const newest = newestOf(offered);
  if (newest === undefined) {
    const allowed = `one of ${MAJORS.join(', ')}, if the region offers it`;
    return problemWith(context, 'engine_version', 'is not offered by RDS in this region', allowed, asked ?? `${major}`);
  }
  if (asked === undefined || !asked.includes('.')) return { version: newest, ...NO_FINDINGS };
  if (offered.includes(asked)) return { version: asked, ...NO_FINDINGS };
  if (minorOf(asked) > minorOf(newest)) return tooNew(context, newest);
  return { version: newest, problems: [], notices: [replaced(asked, newest)] };
}

/** AWS upgrades a server whose major it no longer supports: that is not a change of the workflow's to refuse. */
async function choiceForOlder(context: AwsContext, now: string, asked: string): Promise<VersionChoice> {
  const offered = (await context.offerings.versions(majorOf(asked))).filter(isOffered);
  if (offered.length > 0) return { version: asked, ...NO_FINDINGS };
  return { problems: [], notices: [newerMajorNotice('RDS', majorOf(asked), majorOf(now))] };
}

async function choiceForUpgrade(context: AwsContext, now: string, asked: string): Promise<VersionChoice> {
  const targets = ((await context.offerings.version(now))?.ValidUpgradeTarget ?? []).flatMap(
    one => one.EngineVersion ?? []
  );
  if (targets.includes(asked)) return { version: asked, ...NO_FINDINGS };
  const newest = newestOf(targets.filter(target => majorOf(target) === majorOf(asked)));
  if (newest === undefined) {
    const allowed = targets.length === 0 ? 'RDS offers no upgrade from there now' : targets.join(', ');
    return problemWith(context, 'engine_version', `can't be reached from ${now} in one step`, allowed);
  }
  if (!asked.includes('.')) return { version: newest, ...NO_FINDINGS };
  if (minorOf(asked) > minorOf(newest)) return tooNew(context, newest);
  return { version: newest, problems: [], notices: [replaced(asked, newest)] };
}

function majorWithout({ parameter_group_family: family }: Settings): number {
  const major = /^postgres(\d+)$/.exec(family ?? '')?.[1];
  return major === undefined ? DEFAULT_MAJOR : Number(major);
}

function tooNew(context: AwsContext, newest: string): Findings {
  const allowed = `at most ${newest}, or \`${majorOf(newest)}\` for the newest`;
  return problemWith(context, 'engine_version', 'is newer than every version that RDS offers', allowed);
}

function ahead(now: string, asked: string): Findings {
  if (!asked.includes('.') || now === asked) return NO_FINDINGS;
  const message = `The server runs ${now}, newer than \`engine_version: ${asked}\`: RDS upgrades minors by itself, so nothing changes.`;
  return noticeOn('engine_version', 'newer-minor', message, 'info');
}

function replaced(asked: string, chosen: string): Notice {
  const message =
    `RDS no longer offers ${asked}: the server gets ${chosen}, the newest ${majorOf(chosen)}. ` +
    `Set \`engine_version: ${majorOf(chosen)}\` to ask for the newest.`;
  return { code: 'value-mapped', severity: 'warning', input: 'engine_version', message };
}

function isOffered(one: DBEngineVersion): boolean {
  return one.Status === undefined || one.Status === 'available';
}

function newestOf(versions: readonly string[]): string | undefined {
  return versions.toSorted(orderOfVersions).at(-1);
}

function minorOf(version: string): number {
  return numbersOf(version)[1] ?? 0;
}
