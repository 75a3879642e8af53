import type { FieldTable } from '../../src/engine/resource.ts';
import type { ProviderDefinition } from '../../src/providers/provider.ts';
import { PROVIDERS } from '../../src/spec/catalogue.ts';
import { FEATURES, type Capability, type FeatureName } from '../../src/spec/features.ts';
import { code, table } from './markdown.ts';

/** The facts about a provider that the docs need. */
export type DescribedProvider = Pick<ProviderDefinition<never>, 'name' | 'title' | 'capabilities'> & {
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

/** Features by providers, a sign in each cell, and what the signs mean. */
export function featureMatrix(definitions: readonly DescribedProvider[]): string {
  const matrix = table(
    ['', ...definitions.map(definition => `${headOf(definition.title)} ${code(definition.name)}`)],
    NAMES.map(name => [FEATURES[name].title, ...definitions.map(definition => sign(definition.capabilities[name]))])
  );
  const legend = '✓ an input asks for it · always: the provider has it without an input · –: not available';
  return `${matrix}\n\n${legend}.`;
}

function sign(capability: Capability): string {
  if (capability.can) return '✓';
  return capability.isAlwaysThere === true ? 'always' : '–';
}

function headOf(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
}

/** For each provider what it can and what it cannot, with the reason. */
export function capabilityTables(definitions: readonly DescribedProvider[]): string {
  return definitions
    .map(definition => {
      const rows = NAMES.map(name => [FEATURES[name].title, inputsOf(name), answer(definition.capabilities[name])]);
      return `### ${code(definition.name)}\n\n${table(['Feature', 'Inputs', 'Answer'], rows)}`;
    })
    .join('\n\n');
}

/** For each provider the fields of its resources, and what a change of each costs. */
export function fieldTables(definitions: readonly DescribedProvider[]): string {
  return definitions
    .map(definition => {
      const rows = definition.types.flatMap(({ type, fields }) =>
        Object.entries(fields).map(([name, field]) => [
          type,
          code(name),
          field.input === undefined ? '' : code(field.input),
          field.api,
          costOf(field)
        ])
      );
      return `### ${code(definition.name)}\n\n${table(['Resource', 'Field', 'Input', 'API field', 'A change'], rows)}`;
    })
    .join('\n\n');
}

function inputsOf(name: FeatureName): string {
  return FEATURES[name].inputs.map(code).join(', ');
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
