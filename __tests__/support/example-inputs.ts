import { readActionFile } from '../../scripts/docs/action-file.ts';
import { exampleOf } from '../../scripts/docs/input-examples.ts';
import type { ProviderName } from '../../src/spec/catalogue.ts';

/** The example of each input, as the docs show it. */
export const EXAMPLES: ReadonlyMap<string, string | undefined> = new Map(
  readActionFile()
    .inputs.flatMap(({ entries }) => entries)
    .map(entry => [entry.name, exampleOf(entry)])
);

/** What a new server can't do without, but its name. */
export const FEWEST: Readonly<Record<ProviderName, Readonly<Record<string, string>>>> = {
  aws: {},
  azure: { resource_group_name: 'shop', location: 'westeurope' },
  digitalocean: { digitalocean_region: 'nyc3' },
  gcp: { gcp_region: 'us-central1' },
  local: {}
};
