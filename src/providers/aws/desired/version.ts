import type { DBEngineVersion, DBInstance } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { DEFAULT_MAJOR, MAJORS } from '../../../postgres/major.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ignoring } from '../../failures.ts';
import type { AwsContext } from '../context.ts';
import { isAtLeast } from '../resources/server/state.ts';
import { notChecked } from '../checks/not-checked.ts';
import { majorOf } from '../live-state.ts';

/** The version to run, and what there is to say about it. */
export interface VersionChoice {
  /** Absent: nobody asked, and there is a server already. */
  readonly version?: string;
  readonly notices: readonly Notice[];
  readonly problems: readonly Problem[];
}

/**
 * The version a server is made with or upgraded to. RDS takes minors away: one that can't be had any more becomes the newest of its
 * major, and that is said. A live server at or above what is asked is as asked.
 */
export async function chooseVersion(context: AwsContext, live: DBInstance | undefined): Promise<VersionChoice> {
  const asked = context.settings.engine_version;
  const now = live?.EngineVersion;
  if (now === undefined) return unlessDenied(asked ?? String(DEFAULT_MAJOR), choiceForNew(context, asked));
  if (asked === undefined) return { notices: [], problems: [] };
  if (isAtLeast(now, asked)) return { version: asked, notices: ahead(now, asked), problems: [] };
  if (majorOf(asked) < majorOf(now)) return { version: asked, notices: [], problems: [] };
  return unlessDenied(asked, choiceForUpgrade(context, now, asked));
}

/** Where nobody may ask which versions there are, RDS gets the one asked for as it is. */
async function unlessDenied(asked: string, choice: Promise<VersionChoice>): Promise<VersionChoice> {
  const what = `whether RDS offers PostgreSQL ${asked}`;
  return (
    (await ignoring(['denied'], choice)) ?? {
      version: asked,
      notices: [notChecked(what, 'rds:DescribeDBEngineVersions')],
      problems: []
    }
  );
}

async function choiceForNew(context: AwsContext, asked: string | undefined): Promise<VersionChoice> {
  const major = asked === undefined ? await context.liveState().major() : majorOf(asked);
  const offered = (await context.liveState().versions(major)).filter(isOffered).flatMap(one => one.EngineVersion ?? []);
  const newest = newestOf(offered);
  if (newest === undefined) return { notices: [], problems: [nothingOf(major, asked)] };
  if (asked === undefined || !asked.includes('.') || offered.includes(asked)) {
    return { version: asked?.includes('.') === true ? asked : newest, notices: [], problems: [] };
  }
  return { version: newest, notices: [replaced(asked, newest)], problems: [] };
}

async function choiceForUpgrade(context: AwsContext, now: string, asked: string): Promise<VersionChoice> {
  const targets = ((await context.liveState().version(now))?.ValidUpgradeTarget ?? []).flatMap(
    one => one.EngineVersion ?? []
  );
  if (targets.includes(asked)) return { version: asked, notices: [], problems: [] };
  const fitting = newestOf(targets.filter(target => majorOf(target) === majorOf(asked)));
  if (fitting !== undefined) {
    return { version: fitting, notices: asked.includes('.') ? [replaced(asked, fitting)] : [], problems: [] };
  }
  return {
    notices: [],
    problems: [
      {
        input: 'engine_version',
        value: asked,
        why: `can't be reached from ${now} in one step`,
        allowed: targets.length === 0 ? 'RDS offers no upgrade from there now' : targets.join(', ')
      }
    ]
  };
}

function ahead(now: string, asked: string): readonly Notice[] {
  if (!asked.includes('.') || now === asked) return [];
  return [
    {
      code: 'newer-minor',
      severity: 'info',
      input: 'engine_version',
      message: `The server runs ${now}, newer than \`engine_version: ${asked}\`: RDS upgrades minors by itself, and that is as asked.`
    }
  ];
}

function replaced(asked: string, chosen: string): Notice {
  return {
    code: 'value-mapped',
    severity: 'warning',
    input: 'engine_version',
    message: `RDS does not offer ${asked} any more: it will be ${chosen}, the newest ${majorOf(chosen)}. Write \`engine_version: ${majorOf(chosen)}\` to mean just that.`
  };
}

function nothingOf(major: number, asked: string | undefined): Problem {
  return {
    input: 'engine_version',
    value: asked ?? String(major),
    why: 'is not offered by RDS in this region',
    allowed: `one of ${MAJORS.join(', ')}, as far as the region has them`
  };
}

function isOffered(one: DBEngineVersion): boolean {
  return one.Status === undefined || one.Status === 'available';
}

function newestOf(versions: readonly string[]): string | undefined {
  return versions.toSorted((a, b) => minorOf(b) - minorOf(a))[0];
}

function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0);
}
