import { ActionError } from '../errors.ts';
import type { ProviderName } from '../spec/catalogue.ts';
import { defineProvider, type Provider } from './provider.ts';

/** How each provider is loaded. */
type Definitions = Readonly<Partial<Record<ProviderName, () => Promise<Provider>>>>;

/** Each provider is a chunk of its own, loaded only when it is the one in use. */
const DEFINITIONS: Definitions = {
  aws: async () => defineProvider((await import('./aws/provider.ts')).aws),
  azure: async () => defineProvider((await import('./azure/provider.ts')).azure),
  digitalocean: async () => defineProvider((await import('./digitalocean/provider.ts')).digitalocean),
  gcp: async () => defineProvider((await import('./gcp/provider.ts')).gcp),
  local: async () => defineProvider((await import('./local/provider.ts')).local)
};

export const AVAILABLE_PROVIDERS = Object.keys(DEFINITIONS) as readonly ProviderName[];

/**
 * Throws `provider-unavailable` for a provider that this version does not have. `definitions` replaces the list, for
 * tests.
 */
export async function loadProvider(name: ProviderName, definitions: Definitions = DEFINITIONS): Promise<Provider> {
  const definition = definitions[name];
  if (definition === undefined) {
    throw new ActionError(`The provider \`${name}\` is not available in this version`, {
      code: 'provider-unavailable',
      source: 'user',
      hint: `Set \`cloud_provider\` to one of: ${Object.keys(definitions).join(', ')}. See CHANGELOG.md for what each release brings.`
    });
  }
  return definition();
}
