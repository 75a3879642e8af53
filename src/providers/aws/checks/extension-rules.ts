import { preloaded, type ExtensionRules } from '../../extension-rules.ts';

/**
 * RDS admits what it supports, unless `rds.allowed_extensions` says less.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.FeatureSupport.Extensions.html
 */
export const extensionRules: ExtensionRules = {
  allowList: { parameter: 'rds.allowed_extensions', initial: '*' },
  libraries: preloaded(['pg_cron', 'pg_tle', 'pgaudit', 'pglogical'])
};
