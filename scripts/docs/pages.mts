import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AVAILABLE_PROVIDERS } from '../../src/providers/registry.ts';
import { readActionFile, REPOSITORY } from './action-file.ts';
import { runnerAccess as awsAccess } from '../../src/providers/aws/runner-access.ts';
import { runnerAccess as azureAccess } from '../../src/providers/azure/runner-access.ts';
import { CONNECTOR_PERMISSIONS } from '../../src/providers/gcp/api/connector.ts';
import { EXECUTE_SQL } from '../../src/providers/gcp/data-api.ts';
import { runnerAccess as gcpAccess } from '../../src/providers/gcp/runner-access.ts';
import { TYPES as AWS } from '../../src/providers/aws/provider.ts';
import { TYPES as AZURE } from '../../src/providers/azure/provider.ts';
import { TYPES as GCP } from '../../src/providers/gcp/provider.ts';
import { applyPolicy, planPolicy } from './aws-permissions.ts';
import { actionTypes } from './action-types.ts';
import { autoTable } from './auto-table.ts';
import { azureApplyRole, azurePlanRole, azureSubscriptionRole } from './azure-permissions.ts';
import { binariesTable } from './binaries-table.ts';
import { clientsTable, migrationsTable } from './clients-table.ts';
import { configSchema } from './config-schema.ts';
import { gcpApplyRole, gcpPlanRole } from './gcp-permissions.ts';
import { inheritanceTables } from './inheritance-table.ts';
import { inputPages, outputPage } from './input-pages.ts';
import { jobVariablesTable } from './job-variables.ts';
import { replaceGenerated } from './markdown.ts';
import { aliasTable, formTable, replacedTable } from './mapping-tables.ts';
import { permissionTable } from './permission-table.ts';
import { refusalTables } from './refusal-tables.ts';
import { capabilityTables, describedProviders, featureMatrix, fieldTables, operationTable } from './provider-tables.ts';

/** `connect_through: data-api`. */
const DATA_API = {
  type: 'SQL over the Data API',
  permissions: { observe: [EXECUTE_SQL], create: [EXECUTE_SQL], update: [EXECUTE_SQL], delete: [EXECUTE_SQL] }
};
/** `connect_through: connector`. */
const CONNECTOR = {
  type: 'SQL through the Cloud SQL connector',
  permissions: {
    observe: CONNECTOR_PERMISSIONS,
    create: CONNECTOR_PERMISSIONS,
    update: CONNECTOR_PERMISSIONS,
    delete: CONNECTOR_PERMISSIONS
  }
};
/** The pages with generated parts, before they are formatted, by their paths. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  const action = readActionFile();
  const definitions = await describedProviders(AVAILABLE_PROVIDERS);
  const refusals = await refusalTables(definitions.map(({ name }) => name));

  const inheritance = await inheritanceTables(definitions.map(({ name }) => name));

  const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
    'docs/providers.md': {
      matrix: () => featureMatrix(definitions),
      capabilities: () => capabilityTables(definitions),
      fields: () => fieldTables(definitions)
    },
    'docs/operations.md': { operations: () => operationTable(definitions) },
    'docs/coming-from-terraform.md': { aliases: aliasTable, replaced: replacedTable, forms: formTable },
    'docs/inherited.md': { inherited: () => inheritance },
    'docs/refusals.md': { refusals: () => refusals },
    'docs/local.md': {
      binaries: binariesTable,
      clients: clientsTable,
      migrations: migrationsTable,
      variables: jobVariablesTable
    },
    'docs/reviewed-plans.md': { auto: autoTable },
    'docs/permissions/aws.md': {
      'plan-policy': planPolicy,
      'apply-policy': applyPolicy,
      resources: () => permissionTable([...AWS, { type: 'rule for a runner', ...awsAccess }])
    },
    'docs/permissions/azure.md': {
      'plan-role': azurePlanRole,
      'apply-role': azureApplyRole,
      'subscription-role': azureSubscriptionRole,
      resources: () => permissionTable([...AZURE, { type: 'rule for a runner', ...azureAccess }])
    },
    'docs/permissions/gcp.md': {
      'plan-role': gcpPlanRole,
      'apply-role': gcpApplyRole,
      resources: () => permissionTable([...GCP, { type: 'rule for a runner', ...gcpAccess }, CONNECTOR, DATA_API])
    }
  };

  /** Generated as a whole. */
  const whole: Readonly<Record<string, string>> = {
    ...inputPages(action, definitions),
    'docs/outputs.md': outputPage(action),
    'docs/pgkeep.schema.json': configSchema(action),
    'action-types.yml': actionTypes(action)
  };
  const mixed = Object.entries(parts).map(([name, own]) => [
    name,
    Object.entries(own).reduce((text, [part, partBody]) => replaceGenerated(text, part, partBody()), currentText(name))
  ]);
  return { ...(Object.fromEntries(mixed) as Record<string, string>), ...whole };
}

/** The page as it is in the repository. */
export function currentText(name: string): string {
  const file = path.join(REPOSITORY, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
