/**
 * Seconds between two looks while waiting for a cloud: `PGKEEP_POLL_SECONDS`, where the environment says so, else what is usual for this
 * cloud. For tests and for accounts with tight limits.
 */
export function pollSeconds(env: Readonly<Record<string, string | undefined>>, usual = 10): number {
  const given = env['PGKEEP_POLL_SECONDS'];
  const seconds = Number(given);
  return given !== undefined && given !== '' && seconds > 0 ? seconds : usual;
}
