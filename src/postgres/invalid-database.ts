/** `pg_database.datconnlimit` of a database whose DROP was interrupted. Only another DROP repairs it. */
export const INVALID_DATABASE = -2;
