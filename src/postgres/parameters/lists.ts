/** Lists whose order matters: they are searched or loaded in that order. */
const SEQUENCES: ReadonlySet<string> = new Set([
  'datestyle',
  'local_preload_libraries',
  'oauth_validator_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'synchronous_standby_names',
  'temp_tablespaces',
  'unix_socket_directories'
]);

/** Lists that are sets. */
const SETS: ReadonlySet<string> = new Set([
  'createrole_self_grant',
  'debug_io_direct',
  'listen_addresses',
  'log_connections',
  'log_destination',
  'restrict_nonsystem_relation_kind',
  'synchronized_standby_slots',
  'wal_consistency_checking'
]);

/**
 * Whether a parameter of text is a list with commas. pg_settings does not say; these are the ones marked GUC_LIST_INPUT
 * in PostgreSQL's guc_tables.c.
 */
export function isListParameter(name: string): boolean {
  return SEQUENCES.has(name) || SETS.has(name);
}

/** A list without blanks around its items and without empty ones; a set is sorted and holds each item once. */
export function normaliseList(name: string, text: string): string {
  const items = splitList(text).map(item => item.trim());
  const kept = items.filter(item => item !== '');
  return (SETS.has(name) ? [...new Set(kept)].sort() : kept).join(',');
}

/** Splits at commas outside double quotes. */
function splitList(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"]|"")*"|[^,])+/g) ?? [];
}
