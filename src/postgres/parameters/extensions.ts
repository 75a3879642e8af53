/** Parameters of extensions that managed servers load: booleans. */
const BOOLEANS: ReadonlySet<string> = new Set([
  ...['analyze', 'buffers', 'nested_statements', 'settings', 'timing', 'triggers', 'verbose', 'wal'].map(
    one => `auto_explain.log_${one}`
  ),
  ...['save', 'track_planning', 'track_utility'].map(one => `pg_stat_statements.${one}`),
  ...['catalog', 'client', 'parameter', 'relation', 'rows', 'statement', 'statement_once'].map(
    one => `pgaudit.log_${one}`
  )
]);

/** Enumerations, and lists of words. */
const WORDS: ReadonlySet<string> = new Set([
  'auto_explain.log_format',
  'auto_explain.log_level',
  'cron.log_min_messages',
  'pg_stat_statements.track',
  'pgaudit.log',
  'pgaudit.log_level',
  'postgis.gdal_enabled_drivers'
]);

/** Whether a parameter of a well-known extension is on or off. The name is in lower case. */
export function isExtensionBoolean(name: string): boolean {
  return BOOLEANS.has(name);
}

/** PostgreSQL takes words in any case, and with blanks: in lower case, without blanks. Other text as it is. */
export function extensionWords(name: string, text: string): string {
  return WORDS.has(name) ? text.toLowerCase().replaceAll(/\s*,\s*/g, ',') : text;
}
