import type { ProviderError } from '../../../src/errors.ts';
import * as aws from '../../../src/providers/aws/api/errors.ts';
import * as azure from '../../../src/providers/azure/api/errors.ts';
import * as digitalocean from '../../../src/providers/digitalocean/api/errors.ts';
import * as gcp from '../../../src/providers/gcp/api/errors.ts';
import { KINDS as GCP_KINDS } from '../../../src/providers/gcp/api/error-kinds.ts';
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
  azure: () =>
    Object.keys(azure.KINDS).flatMap(code => {
      const call = 'Microsoft.DBforPostgreSQL/flexibleServers/write';
      const thrown = Object.assign(new Error('Words.'), { name: 'RestError', code, statusCode: 400 });
      return [
        row(code, azure.translate(thrown, call)),
        row(`${code}, of an operation`, azure.failedOperation(call, code, 'Words.'))
      ];
    }),
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
  gcp: () =>
    Object.keys(GCP_KINDS).map(reason => {
      const call = { permission: 'cloudsql.instances.create', subject: 'orders' };
      return row(reason, gcp.translate(new Error('Words.'), call, { code: 400, errors: [{ reason }] }));
    })
};

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
