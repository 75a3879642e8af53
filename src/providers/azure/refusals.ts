import type { Refusal, RefusalHandling } from '../refusals.ts';

/**
 * Azure's description names no error codes. These come from the service's own guide and from public reports of its
 * clients. https://learn.microsoft.com/azure/postgresql/troubleshoot/ ·
 * https://github.com/hashicorp/terraform-provider-azurerm/issues
 */
type Row = readonly [code: string, when: RefusalHandling, how: string];

/** Codes that every mutating call can end with. */
const EVERY: readonly Row[] = [
  ['AuthorizationFailed', 'checked', '`doctor` compares the role with the permissions that the workflow needs.'],
  ['LinkedAuthorizationFailed', 'unknowable', 'The hint names the permission on the subnet, zone, key or workspace.'],
  [
    'RequestDisallowedByPolicy',
    'unknowable',
    'Policies are not readable with the role: the hint points to the policy.'
  ],
  ['RequestDisallowedByAzure', 'unknowable', 'The hint leads to a region that the subscription may use.'],
  [
    'MissingSubscriptionRegistration',
    'checked',
    'A plan that asks for offers or a name is refused, with the command that registers the service.'
  ],
  ['InvalidAuthenticationToken', 'unknowable', 'The hint says how to log in.'],
  ['TooManyRequests', 'unknowable', 'Retried after the time that Azure asks for.'],
  ['InternalServerError', 'unknowable', 'Retried: the name of a resource is its key.'],
  ['ResourceGroupNotFound', 'checked', 'The plan reads the resource group.'],
  ['ResourceGroupBeingDeleted', 'unknowable', 'Retried for some minutes, then the hint says what to wait for.']
];

/** Codes of every change of a server that exists, or of something in it. */
const OF_A_SERVER: readonly Row[] = [
  ['ServerIsBusy', 'unknowable', 'Azure makes one change at a time: sent again when the server is idle.'],
  ['ServerBusy', 'unknowable', 'As `ServerIsBusy`.'],
  ['Conflict', 'unknowable', 'As `ServerIsBusy`.'],
  ['ServerGroupDropping', 'checked', 'The plan refuses the name of a server that is being deleted.'],
  ['ResourceNotFound', 'unknowable', 'Deleted between plan and apply: the next plan creates it again.']
];

const CREATE: readonly Row[] = [
  ...OF_A_SERVER,
  ['ServerNameAlreadyExists', 'checked', 'The plan of a new server asks whether its name is free.'],
  ['ServerNotFound', 'checked', 'The plan reads the source of a restore, and the primary of a replica.'],
  [
    'InvalidParameterValue',
    'checked',
    'Size, storage, version, zone and tier are compared with the offers of the region.'
  ],
  ['SkuNotAvailable', 'checked', 'The size is compared with the offers of the region.'],
  ['RegionIsOfferRestricted', 'checked', 'A region that is closed to the subscription is refused in the plan.'],
  ['InsufficientCapacity', 'unknowable', 'The hint names the inputs to change.'],
  ['ZonalAllocationFailed', 'unknowable', 'The hint names the inputs to change.'],
  ['QuotaExceeded', 'unknowable', 'The quota of vCores is not readable with the role: the hint says how to raise it.'],
  ['ServerCountQuotaExceeded', 'unknowable', 'As `QuotaExceeded`.'],
  [
    'InvalidResourceLocation',
    'checked',
    'The region of a live server is fixed: another `location` is refused in the plan.'
  ]
];

const CHANGE: readonly Row[] = [
  ...OF_A_SERVER,
  ['InvalidParameterValue', 'checked', 'What a live server cannot become is refused in the plan.'],
  ['SkuNotAvailable', 'checked', 'A new size is compared with the offers of the region.'],
  ['InsufficientCapacity', 'unknowable', 'The hint names the inputs to change.'],
  ['QuotaExceeded', 'unknowable', 'The hint says how to raise the quota.']
];

const CHILD: readonly Row[] = [
  ...OF_A_SERVER,
  ['InvalidParameterValue', 'checked', 'Names and values are checked with the inputs, then against the live server.']
];

const DELETE: readonly Row[] = [
  ...OF_A_SERVER,
  [
    'ScopeLocked',
    'checked',
    'Locks on the server, its group and its subscription are read: the plan blocks the deletion.'
  ]
];

const START: readonly Row[] = [
  ...OF_A_SERVER,
  ['InsufficientCapacity', 'unknowable', 'The hint names the inputs to change.']
];

const BACKUP: readonly Row[] = [
  ...OF_A_SERVER,
  [
    'InvalidParameterValue',
    'unknowable',
    'The hint says which servers have no on-demand backups, and how many there can be.'
  ]
];

const CALLS: Readonly<Record<string, readonly Row[]>> = {
  'PUT flexibleServers': CREATE,
  'PATCH flexibleServers': CHANGE,
  'DELETE flexibleServers': DELETE,
  'POST flexibleServers/start': START,
  'POST flexibleServers/stop': OF_A_SERVER,
  'POST flexibleServers/restart': OF_A_SERVER,
  'PUT flexibleServers/configurations': CHILD,
  'PUT flexibleServers/databases': CHILD,
  'PUT flexibleServers/firewallRules': CHILD,
  'DELETE flexibleServers/firewallRules': DELETE,
  'PUT flexibleServers/administrators': CHILD,
  'DELETE flexibleServers/administrators': DELETE,
  'PUT flexibleServers/backups': BACKUP,
  'PUT locks': [
    ['ParentResourceNotFound', 'unknowable', 'Deleted between plan and apply: the next plan creates it again.']
  ],
  'DELETE locks': [['LockNotFound', 'unknowable', 'Gone already: counts as deleted.']],
  'PUT diagnosticSettings': [
    ['ResourceNotFound', 'unknowable', 'The message names the workspace that does not exist.']
  ],
  'DELETE diagnosticSettings': [['ScopeLocked', 'checked', 'Locks are read: the plan blocks the deletion.']],
  'PUT metricAlerts': [['BadRequest', 'our-bug', 'Metric, window and operator come from one table.']],
  'DELETE metricAlerts': [['ScopeLocked', 'checked', 'Locks are read: the plan blocks the deletion.']]
};

/** Every error code of every mutating call, and where this action deals with it. */
export const refusals: readonly Refusal[] = Object.entries(CALLS).flatMap(([call, own]) =>
  [...EVERY, ...own].map(([code, when, how]) => ({ call, code, when, how }))
);
