/**
 * Commands of psql that change nothing of what the SQL does. pg_dump writes the first two since 2025, so that psql runs
 * no commands of a manipulated dump. https://www.postgresql.org/docs/current/app-psql.html
 */
const HARMLESS = [
  /^\\(?:un)?restrict\b/,
  /^\\(?:echo|qecho|warn|timing|pset)\b/,
  /^\\set\s+(?:ON_ERROR_STOP|QUIET|VERBOSITY|ECHO)\b/,
  /^\\encoding\s+'?utf-?8'?\s*$/i
];

/** Whether a command may be left out. */
export function isHarmlessCommand(text: string): boolean {
  return HARMLESS.some(pattern => pattern.test(text));
}

/** `\connect shop`, `\c "My shop"`, and what pg_dump writes for odd names. */
const CONNECT =
  /^\\c(?:onnect)?\s+(?:-reuse-previous=\S+\s+)?(?:"dbname='((?:[^'\\]|\\.)*)'"|"((?:[^"]|"")*)"|([^\s"'=:/-][^\s"'=:/]*))\s*$/;

/** The database of `\connect`; `undefined` for another command, and for one that names a user or an address as well. */
export function connectTarget(text: string): string | undefined {
  const [, asValue, quoted, plain] = CONNECT.exec(text) ?? [];
  return asValue?.replaceAll(/\\(.)/g, '$1') ?? quoted?.replaceAll('""', '"') ?? plain;
}
