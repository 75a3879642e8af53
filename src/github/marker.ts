import * as v from 'valibot';

/** Which database a comment is about. Two jobs with equal keys write one comment. */
export interface DatabaseKey {
  readonly provider: string;
  /** Account, project, subscription; empty where there is none. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly environment: string;
}

const key = v.strictObject({
  account: v.string(),
  environment: v.string(),
  name: v.string(),
  provider: v.string(),
  region: v.string()
});

/**
 * The hidden first line of a comment. The key goes in as base64url of its JSON with sorted members, so that no value
 * can end the HTML comment or pass for another key.
 */
export function markerOf(database: DatabaseKey): string {
  const { account, environment, name, provider, region } = database;
  const json = JSON.stringify({ account, environment, name, provider, region });
  return `<!-- pgkeep:${Buffer.from(json, 'utf8').toString('base64url')} -->`;
}

/** The key in the first line of a comment's body; `undefined` when that line is not exactly a marker of ours. */
export function readMarker(body: string): DatabaseKey | undefined {
  const line = firstLine(body);
  const encoded = /^<!-- pgkeep:([A-Za-z0-9_-]{1,4000}) -->$/.exec(line)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const parsed = v.safeParse(key, JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')));
    return parsed.success && markerOf(parsed.output) === line ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** True when the first line is exactly this marker. Markers further down are text that someone quoted. */
export function carriesMarker(body: string, marker: string): boolean {
  return firstLine(body) === marker;
}

/** The hidden first line of a comment that the jobs of a matrix share. */
export function groupMarker(group: string): string {
  return `<!-- pgkeep-group:${Buffer.from(group, 'utf8').toString('base64url')} -->`;
}

/** Whether a comment is a shared one: each of its sections begins with a line that is a marker. */
export function isGroup(body: string): boolean {
  return /^<!-- pgkeep-group:[A-Za-z0-9_-]* -->$/.test(firstLine(body));
}

/** GitHub's editor ends lines with CR LF. */
function firstLine(body: string): string {
  return body.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}
