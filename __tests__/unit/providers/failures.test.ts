import type { ProviderError } from '../../../src/errors.ts';
import * as aws from '../../../src/providers/aws/api/errors.ts';
import * as azure from '../../../src/providers/azure/api/errors.ts';
import * as digitalocean from '../../../src/providers/digitalocean/api/errors.ts';
import * as gcp from '../../../src/providers/gcp/api/errors.ts';
import { KINDS as GCP_KINDS } from '../../../src/providers/gcp/api/error-kinds.ts';
import { failureOf } from '../../../src/providers/gcp/api/operation.ts';
import { expectGolden } from '../../support/golden.ts';

/**
 * What each known error code of each cloud becomes: its kind, which decides whether a call is sent again, looked up or
 * given up, and the way out. `UPDATE_GOLDENS=1` writes the golden files, to be read.
 */
const CLOUDS: Readonly<Record<string, () => readonly Row[]>> = {
  aws: () =>
    Object.keys(aws.KINDS).map(code => {
      const thrown = Object.assign(new Error('Words.'), { name: code, $metadata: { httpStatusCode: 400 } });
      return row(code, aws.translate(thrown, { service: 'rds', operation: 'CreateDBInstance', region: 'eu-west-1' }));
    }),
  azure: () => {
    const call = 'Microsoft.DBforPostgreSQL/flexibleServers/write';
    const refused = (more: object, words = 'Words.'): ProviderError =>
      azure.translate(Object.assign(new Error(words), { name: 'RestError', statusCode: 400, ...more }), call);
    const codes = [
      'VCoreQuotaExceeded',
      'CoresLimitExceeded',
      'ThingNotFound',
      'ThingAlreadyExists',
      'Unheard',
      'PerformanceTierCannotBeDowngradedBefore12HoursError'
    ];
    const words = [
      ['The group is in dropping state', 'The server is busy', 'Another operation runs', 'An operation x in progress'],
      ['The server is not in a ready state', 'The server is stopped', 'It is in a stopped state', 'It is not allowed']
    ].flat();
    return [
      ...[...Object.keys(azure.KINDS), ...codes].flatMap(code => [
        row(code, refused({ code })),
        row(`${code}, of an operation`, azure.failedOperation(call, 'Failed', { code, message: 'Words.' }))
      ]),
      ...words.map(said => row(`the words ${said}`, refused({ code: 'BadRequest' }, said))),
      ...[400, 429, 499, 500, 503].flatMap(statusCode => [
        row(`status ${statusCode}`, refused({ statusCode })),
        row(`status ${statusCode} of an unknown code`, refused({ statusCode, code: 'Unheard' }))
      ]),
      ...['Error', 'TypeError', 'RestError', 'CredentialUnavailableError', 'Unheard'].map(name =>
        row(`a name ${name}`, refused({ name, code: '', statusCode: undefined }))
      )
    ];
  },
  digitalocean: () => {
    const refused = (status: number, id: string): ProviderError => {
      const header = (): undefined => undefined;
      return digitalocean.translated('PUT /v2/databases/1', { status, id, message: 'Words.', header }, new Date(0));
    };
    return [
      ...Object.keys(digitalocean.KINDS).map(id => row(id, refused(418, id))),
      ...Object.keys(digitalocean.STATUSES).map(status => row(`status ${status}`, refused(Number(status), '')))
    ];
  },
  gcp: () => {
    const translated = (body: gcp.ErrorBody, permission = 'cloudsql.instances.create'): ProviderError =>
      gcp.translate(undefined, { permission, subject: 'orders' }, { code: 400, message: 'Words.', ...body });
    const login = (status: number | undefined): Row =>
      row(`a login with status ${status}`, gcp.loginFailed({ status, message: 'Words.' }));
    return [
      ...Object.keys(GCP_KINDS).map(reason => row(reason, translated({ errors: [{ reason }] }))),
      ...[401, 408, 429, 500, 501, 503].map(code => row(`status ${code}`, translated({ code }))),
      ...['operationInProgress', 'rateLimitExceeded', 'quotaExceeded', 'stockout'].map(reason =>
        row(`${reason} with status 503`, translated({ code: 503, errors: [{ reason }] }))
      ),
      ...['cloudsql', 'cloudbilling', 'secretmanager'].map(service =>
        row(`accessNotConfigured of ${service}`, translated({ status: 'accessNotConfigured' }, `${service}.some.get`))
      ),
      ...CONSTRAINTS.map(name =>
        row(name, translated({ status: 'INVALID_ARGUMENT', message: `Violates constraints/${name}: no` }))
      ),
      row('a protected instance', translated({ status: 'INVALID', message: 'The Instance is protected.' })),
      row('words of protection alone', translated({ message: 'The Instance is protected.' })),
      ...[undefined, 399, 400, 429, 499, 500].map(login),
      ...OPERATION_ERRORS.map(([code, message]): Row => {
        const { kind = '', hint = '' } = failureOf({ name: '1', error: { errors: [{ code, message }] } }) ?? {};
        return [`the operation ends with ${code} ${message}`, `${kind}: ${hint}`];
      })
    ];
  }
};

/** Of an organization. */
const CONSTRAINTS = [
  'sql.restrictPublicIp',
  'sql.restrictAuthorizedNetworks',
  'gcp.restrictNonCmekServices',
  'gcp.resourceLocations',
  'sql.other'
];

/** How operations of Cloud SQL fail. */
const OPERATION_ERRORS = [
  ['RESOURCE_EXHAUSTED', ''],
  ['STOCKOUT', ''],
  ['ZONE_RESOURCE', ''],
  ['X', 'The zone does not have enough resources.'],
  ['X', 'The zone does not have sufficient resources.'],
  ['QUOTA_REACHED', ''],
  ['ERROR_MAX_INSTANCE_PER_LABEL', ''],
  ['NETWORK_NOT_PEERED', ''],
  ['X', 'No private services access.'],
  ['X', 'No private service connection.'],
  ['X', 'See servicenetworking.googleapis.com.'],
  ['X', 'The allocated range is full.'],
  ['X', 'The allocated IP range is full.'],
  ['X', 'No permission cloudkms.cryptoKeyVersions.useToEncrypt.'],
  ['X', 'The cryptoKey is destroyed.'],
  ['KMS_KEY', ''],
  ['BILLING_STATE', ''],
  ['INTERNAL_ERROR', 'Words.']
] as const;

type Row = readonly [code: string, becomes: string];

function row(code: string, { kind, hint }: ProviderError): Row {
  return [code, hint === undefined ? kind : `${kind}: ${hint}`];
}

test.each(Object.entries(CLOUDS))('each error code of %s becomes what its golden file says', (cloud, rows) => {
  const found = [...Map.groupBy(rows(), ([, becomes]) => becomes)].map(([becomes, codes]) =>
    [becomes, ...codes.map(([code]) => `  ${code}`), ''].join('\n')
  );
  expectGolden(`failures-${cloud}.txt`, found.join('\n'));
});
