import { preloaded, type ExtensionRules } from '../../extension-rules.ts';

/**
 * Azure admits no extension that `azure.extensions` does not list.
 * https://learn.microsoft.com/azure/postgresql/extensions/how-to-allow-extensions
 */
export const extensionRules: ExtensionRules = {
  allowList: { parameter: 'azure.extensions', initial: '' },
  libraries: preloaded(['pg_cron', 'pg_squeeze', 'pgaudit', 'pglogical', 'timescaledb'])
};
