import { preloaded, type ExtensionRules } from '../../extension-rules.ts';

/**
 * A server on the runner creates what its programs have. These refuse a server that has not loaded them at its start.
 * https://github.com/citusdata/pg_cron#setting-up-pg_cron, https://github.com/pgaudit/pgaudit#settings
 */
export const extensionRules: ExtensionRules = { libraries: preloaded(['pg_cron', 'pgaudit']) };
