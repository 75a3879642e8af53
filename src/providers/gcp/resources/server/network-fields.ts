import { textOf } from '../../../../engine/value.ts';
import { authorisedOf, isPrivateNetwork, lastingNetworks, plainNetwork } from './convert.ts';
import { networkPath } from '../../api/names.ts';
import { NEW_DATABASE, settings, type Body, type InstanceFields } from './field.ts';

const network = (part: Readonly<Record<string, unknown>>): Body => settings({ ipConfiguration: part });

/** The addresses of an instance, and the networks that may connect. */
export const NETWORK_FIELDS = {
  publicly_accessible: {
    api: 'settings.ipConfiguration.ipv4Enabled',
    input: 'publicly_accessible',
    impact: 'online',
    constraint: 'exposure',
    exposedBy: 'allowed_cidr_blocks',
    onReplicas: true,
    asked: ({ publicly_accessible: isAsked }) => isAsked,
    read: live => live.settings?.ipConfiguration?.ipv4Enabled !== false,
    write: value => network({ ipv4Enabled: value })
  },
  private_network: {
    api: 'settings.ipConfiguration.privateNetwork',
    input: 'vpc_id',
    // A private network can be added, never removed or replaced.
    impact: ({ from }) => (from === null || from === undefined ? 'restart' : 'blocked'),
    hint: NEW_DATABASE,
    // Google may answer with the number of a project in place of its name.
    satisfied: (live, wanted) => sameNetwork(textOf(live), textOf(wanted)),
    onReplicas: true,
    read: live => live.settings?.ipConfiguration?.privateNetwork || undefined,
    write: value => network({ privateNetwork: value })
  },
  allocated_ip_range: {
    api: 'settings.ipConfiguration.allocatedIpRange',
    input: 'allocated_ip_range',
    impact: ({ from }) => (from === null || from === undefined ? 'restart' : 'blocked'),
    hint: NEW_DATABASE,
    onReplicas: true,
    asked: ({ allocated_ip_range: range }) => range,
    read: live => live.settings?.ipConfiguration?.allocatedIpRange || undefined,
    write: value => network({ allocatedIpRange: value })
  },
  psc_enabled: {
    api: 'settings.ipConfiguration.pscConfig.pscEnabled',
    input: 'psc_enabled',
    impact: 'online',
    onReplicas: true,
    asked: ({ psc_enabled: isOn }) => isOn,
    read: live => live.settings?.ipConfiguration?.pscConfig?.pscEnabled === true,
    write: value => network({ pscConfig: { pscEnabled: value } })
  },
  psc_allowed_consumer_projects: {
    api: 'settings.ipConfiguration.pscConfig.allowedConsumerProjects',
    input: 'psc_allowed_consumer_projects',
    impact: 'online',
    normalise: value => (Array.isArray(value) ? value.map(String).sort() : value),
    onReplicas: true,
    asked: ({ psc_allowed_consumer_projects: projects }) => projects,
    read: live => live.settings?.ipConfiguration?.pscConfig?.allowedConsumerProjects ?? [],
    write: value => network({ pscConfig: { allowedConsumerProjects: value } })
  },
  allowed_cidr_blocks: {
    api: 'settings.ipConfiguration.authorizedNetworks',
    input: 'allowed_cidr_blocks',
    impact: 'online',
    normalise: value =>
      Array.isArray(value) ? [...new Set(value.map(one => plainNetwork(String(one))))].sort() : value,
    onReplicas: true,
    asked: ({ allowed_cidr_blocks: networks }) => networks?.filter(one => !isPrivateNetwork(one)).map(plainNetwork),
    read: live => lastingNetworks(live).map(one => one.value),
    write: (value, live) =>
      network({
        authorizedNetworks: authorisedOf(Array.isArray(value) ? value.map(one => plainNetwork(String(one))) : [], live)
      })
  },
  ssl_mode: {
    api: 'settings.ipConfiguration.sslMode',
    input: 'ssl_mode',
    impact: 'online',
    onReplicas: true,
    read: live => live.settings?.ipConfiguration?.sslMode,
    write: value => network({ sslMode: value })
  }
} as const satisfies InstanceFields;

function sameNetwork(live: string, wanted: string): boolean {
  const [a, b] = [live, wanted].map(one => /^projects\/([^/]+)\/global\/networks\/([^/]+)$/.exec(networkPath('', one)));
  if (a === undefined || b === undefined || a === null || b === null) return live === wanted;
  const isNumber = (text = ''): boolean => /^\d+$/.test(text);
  return a[2] === b[2] && (a[1] === b[1] || isNumber(a[1]) || isNumber(b[1]));
}
