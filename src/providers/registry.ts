import { ActionError } from '../errors.ts';
import type { ProviderName } from '../spec/catalogue.ts';
import { provider, type Provider } from './provider.ts';

/** Each wing is a chunk of its own, loaded only when it is the one in use. */
const WINGS: Readonly<Partial<Record<ProviderName, () => Promise<Provider>>>> = {
  aws: async () => provider((await import('./aws/aws-provider.ts')).aws),
  azure: async () => provider((await import('./azure/azure-provider.ts')).azure),
  digitalocean: async () => provider((await import('./digitalocean/digitalocean-provider.ts')).digitalocean),
  local: async () => provider((await import('./local/local-provider.ts')).local)
};

export const AVAILABLE_PROVIDERS = Object.keys(WINGS) as readonly ProviderName[];

/** Throws `provider-unavailable` for a provider that this version does not have. */
export async function loadProvider(name: ProviderName): Promise<Provider> {
  const wing = WINGS[name];
  if (wing === undefined) {
    throw new ActionError(`The provider \`${name}\` is not available in this version`, {
      code: 'provider-unavailable',
      source: 'user',
      hint: `Set \`cloud_provider\` to one of: ${AVAILABLE_PROVIDERS.join(', ')}. See CHANGELOG.md for what each release brings.`
    });
  }
  return wing();
}
