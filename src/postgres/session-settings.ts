/**
 * The owner of a database may put settings on it, and every role on itself (ALTER DATABASE, ALTER ROLE … SET). Those
 * that could keep a session of ours out, or end it early, have our value from its first moment on.
 */
export const LASTING_SETTINGS: Readonly<Record<string, string>> = {
  local_preload_libraries: '',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  tcp_user_timeout: '0',
  default_transaction_read_only: 'off'
};

/**
 * And those that could change what the statements of an administrator do. The `search_path` is PostgreSQL's own, so
 * that a prepared database cannot shadow its functions.
 */
export const ADMIN_SETTINGS: Readonly<Record<string, string>> = {
  ...LASTING_SETTINGS,
  search_path: 'pg_catalog,pg_temp',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  default_tablespace: '',
  client_min_messages: 'warning'
};
