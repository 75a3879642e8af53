import { textOf } from '../../../../engine/value.ts';
import { lower, NEW_DATABASE, onOff, type ServerField } from './field.ts';

/** Where a server is reached from, and the key that encrypts it. */
export const NETWORK_FIELDS = {
  publicly_accessible: {
    api: 'network.publicNetworkAccess',
    input: 'publicly_accessible',
    // https://github.com/claranet/terraform-azurerm-db-postgresql-flexible/issues/7
    impact: ({ from, to }, { fields }) =>
      from === false && to === true && Boolean(fields['subnet_id']) ? 'blocked' : 'online',
    constraint: 'exposure',
    hint: 'Leave `publicly_accessible` out: a server in a subnet never has a public address. For one, make a new database under another `name` without `subnet_ids`, and move the data.',
    read: live => live.network?.publicNetworkAccess === 'Enabled',
    asked: ({ publicly_accessible: isPublic }) => isPublic,
    write: value => ({ network: { publicNetworkAccess: onOff(value) } })
  },
  subnet_id: {
    api: 'network.delegatedSubnetResourceId',
    input: 'subnet_ids',
    impact: 'restart',
    constraint: 'create-only',
    normalise: lower,
    read: live => live.network?.delegatedSubnetResourceId || undefined,
    asked: ({ subnet_ids: subnets }) => subnets?.[0],
    write: value => ({ network: { delegatedSubnetResourceId: textOf(value) } })
  },
  private_dns_zone_id: {
    api: 'network.privateDnsZoneArmResourceId',
    input: 'private_dns_zone_id',
    impact: 'restart',
    constraint: 'create-only',
    normalise: lower,
    read: live => live.network?.privateDnsZoneArmResourceId || undefined,
    asked: ({ private_dns_zone_id: zone }) => zone,
    write: value => ({ network: { privateDnsZoneArmResourceId: textOf(value) } })
  },
  kms_key_id: {
    api: 'dataEncryption.primaryKeyURI',
    input: 'kms_key_id',
    impact: ({ from }) => (from === null || from === undefined ? 'blocked' : 'online'),
    hint: `A customer-managed key is chosen when the server is made. ${NEW_DATABASE}`,
    read: live => live.dataEncryption?.primaryKeyURI || undefined,
    asked: ({ kms_key_id: key }) => key,
    write: value => ({ dataEncryption: { type: 'AzureKeyVault', primaryKeyURI: textOf(value) } })
  },
  key_identity_id: {
    api: 'dataEncryption.primaryUserAssignedIdentityId',
    input: 'key_identity_id',
    impact: 'online',
    normalise: lower,
    read: live => live.dataEncryption?.primaryUserAssignedIdentityId || undefined,
    asked: ({ key_identity_id: identity }) => identity,
    write: value => ({
      dataEncryption: { primaryUserAssignedIdentityId: textOf(value) },
      identity: { type: 'UserAssigned', userAssignedIdentities: { [textOf(value)]: {} } }
    })
  }
} as const satisfies Readonly<Record<string, ServerField>>;
