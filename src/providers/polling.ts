/**
 * Seconds between two polls of a cloud: `PGKEEP_POLL_SECONDS` if set, else the default of this cloud. For tests and for
 * accounts with tight limits.
 */
export function pollSeconds(env: Readonly<Record<string, string | undefined>>, usual = 10): number {
  const given = env['PGKEEP_POLL_SECONDS'];
  const seconds = Number(given);
  return given !== undefined && given !== '' && seconds > 0 ? seconds : usual;
}

/**
 * Seconds of the first pause before a refused call is tried again: one, or less when the polling interval is shorter.
 */
export function firstPauseSeconds(env: Readonly<Record<string, string | undefined>>): number {
  return Math.min(1, pollSeconds(env));
}
