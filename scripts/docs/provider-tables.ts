import type { FieldTable } from '../../src/engine/resource.ts';
import type { ProviderDefinition } from '../../src/providers/provider.ts';
import { OPERATIONS, type OperationName } from '../../src/engine/operation.ts';
import { PROVIDERS } from '../../src/spec/catalogue.ts';
import { FEATURES, type Capability, type FeatureName } from '../../src/spec/features.ts';
import { code, table } from './markdown.ts';

/** The facts about a provider that the docs need. */
export type DescribedProvider = Pick<ProviderDefinition<never>, 'name' | 'title' | 'capabilities' | 'operations'> & {
  readonly types: readonly { readonly type: string; readonly fields: FieldTable }[];
};

const NAMES = Object.keys(FEATURES) as FeatureName[];

/** Every provider that this version has, through the interface that all share. */
export async function describedProviders(available: readonly string[]): Promise<readonly DescribedProvider[]> {
  const names = PROVIDERS.filter(name => available.includes(name));
  return Promise.all(
    names.map(async name => {
      const doors = (await import(`../../src/providers/${name}/provider.ts`)) as Record<string, DescribedProvider>;
      const definition = doors[name];
      if (definition === undefined) throw new Error(`${name}-provider.ts exports no ${name}`);
      return definition;
    })
  );
}

/** For each feature the providers that have it: a table of two columns, which fits a narrow screen. */
export function featureMatrix(definitions: readonly DescribedProvider[]): string {
  return table(
    ['Feature', 'Providers'],
    NAMES.map(name => [FEATURES[name].title, providersWith(definitions, ({ capabilities }) => capabilities[name])])
  );
}

function providersWith(
  definitions: readonly DescribedProvider[],
  capabilityOf: (definition: DescribedProvider) => Capability
): string {
  const can = definitions.filter(one => capabilityOf(one).can);
  const always = definitions.filter(one => isAlways(capabilityOf(one)));
  const asked = can.length === definitions.length ? 'all' : can.map(({ name }) => code(name)).join(', ');
  return [asked, ...(always.length === 0 ? [] : [`always: ${always.map(({ name }) => code(name)).join(', ')}`])]
    .filter(part => part !== '')
    .join('; ');
}

/** Whether a provider has a feature without an input. */
export function isAlways(capability: Capability): boolean {
  return !capability.can && capability.isAlwaysThere === true;
}

/** For each provider what it can and what it cannot, with the reason. */
export function capabilityTables(definitions: readonly DescribedProvider[]): string {
  return definitions
    .map(definition => {
      const rows = NAMES.map(
        name => `- **${FEATURES[name].title}**${inputsOf(name)}: ${answer(definition.capabilities[name])}`
      );
      return `### ${code(definition.name)}\n\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

/** Operations by providers: whether each can, and what to do where it cannot. */
export function operationTable(definitions: readonly DescribedProvider[]): string {
  return table(
    ['Command', ...definitions.map(definition => code(definition.name))],
    OPERATIONS.map(name => [code(name), ...definitions.map(({ operations }) => operationAnswer(operations[name]))])
  );
}

function operationAnswer(operation: DescribedProvider['operations'][OperationName]): string {
  if (operation.can) return operation.note === undefined ? 'Yes.' : `Yes: ${ended(operation.note)}`;
  return `No: ${ended(operation.reason)} ${ended(operation.instead)}`;
}

/** For each provider the fields of its resources, and what a change of each costs. */
export function fieldTables(definitions: readonly DescribedProvider[]): string {
  return definitions
    .map(definition => {
      const lists = definition.types
        .filter(({ fields }) => Object.keys(fields).length > 0)
        .map(({ type, fields }) => {
          const lines = Object.entries(fields).map(
            ([name, field]) => `- ${code(name)}: ${costOf(field)}${namesOf(name, field)}`
          );
          return `#### ${type} (${code(definition.name)})\n\n${lines.join('\n')}`;
        });
      return `### What a change costs on ${code(definition.name)}\n\n${lists.join('\n\n')}`;
    })
    .join('\n\n');
}

/** The input where its name differs, and the field of the API. */
function namesOf(name: string, { input, api }: FieldTable[string]): string {
  const asked = input === undefined || input === name ? [] : [`input ${code(input)}`];
  return ` · ${[...asked, `API ${code(api)}`].join(', ')}`;
}

function inputsOf(name: FeatureName): string {
  const { inputs } = FEATURES[name];
  return inputs.length === 0 ? '' : ` (${inputs.map(code).join(', ')})`;
}

function answer(capability: Capability): string {
  if (capability.can) return capability.note === undefined ? 'Yes.' : `Yes: ${ended(capability.note)}`;
  const instead = capability.instead === undefined ? '' : ` ${ended(capability.instead)}`;
  const no = capability.isAlwaysThere === true ? 'Nothing to choose' : 'No';
  return `${no}: ${ended(capability.reason)}${instead}`;
}

function ended(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

const CONSTRAINTS = {
  'grow-only': 'up only',
  'upgrade-only': 'up only, a new major with `allow_major_version_upgrade`',
  'create-only': 'refused: fixed at creation',
  exposure: 'named as a danger'
} as const;

function costOf({ impact, constraint, sends }: FieldTable[string]): string {
  if (constraint === 'create-only') return CONSTRAINTS[constraint];
  const cost = typeof impact === 'string' ? impact : 'depends on the value; the plan says';
  const along = sends === undefined ? [] : [`sends ${code(sends)} along`];
  return [cost, ...(constraint === undefined ? [] : [CONSTRAINTS[constraint]]), ...along].join('; ');
}
