import { ActionError } from '../errors.ts';
import type { ProviderName } from '../spec/catalogue.ts';
import { provider, type Provider } from './provider.ts';

/** How each wing is loaded. */
type Wings = Readonly<Partial<Record<ProviderName, () => Promise<Provider>>>>;

/** Each wing is a chunk of its own, loaded only when it is the one in use. */
const WINGS: Wings = {
  aws: async () => provider((await import('./aws/provider.ts')).aws),
  azure: async () => provider((await import('./azure/provider.ts')).azure),
  digitalocean: async () => provider((await import('./digitalocean/provider.ts')).digitalocean),
  gcp: async () => provider((await import('./gcp/provider.ts')).gcp),
  local: async () => provider((await import('./local/provider.ts')).local)
};

export const AVAILABLE_PROVIDERS = Object.keys(WINGS) as readonly ProviderName[];

/** Throws `provider-unavailable` for a provider that this version does not have. `wings` are those of a version of its own, for tests. */
export async function loadProvider(name: ProviderName, wings: Wings = WINGS): Promise<Provider> {
  const wing = wings[name];
  if (wing === undefined) {
    throw new ActionError(`The provider \`${name}\` is not available in this version`, {
      code: 'provider-unavailable',
      source: 'user',
      hint: `Set \`cloud_provider\` to one of: ${Object.keys(wings).join(', ')}. See CHANGELOG.md for what each release brings.`
    });
  }
  return wing();
}
