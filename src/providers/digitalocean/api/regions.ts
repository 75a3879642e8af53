import type { Regions } from '../../regions.ts';

/** As its API description lists them. https://docs.digitalocean.com/platform/regional-availability/ */
export const REGIONS: Regions = {
  title: 'DigitalOcean',
  example: 'nyc3',
  form: /^[a-z]{3}\d$/,
  names: [
    'ams1',
    'ams2',
    'ams3',
    'atl1',
    'blr1',
    'fra1',
    'lon1',
    'nyc1',
    'nyc2',
    'nyc3',
    'ric1',
    'sfo1',
    'sfo2',
    'sfo3',
    'sgp1',
    'syd1',
    'tor1'
  ]
};
