import { Client, type QueryResult } from 'pg';
import { GcpFault, invalid } from './fault.ts';
import { object, text, type Json } from './json.ts';
import { instanceOf, type CloudState } from './state.ts';

/** Names of types as the API has them, by their number. */
const TYPES: Readonly<Record<number, string>> = {
  16: 'BOOL',
  18: 'CHAR',
  19: 'NAME',
  20: 'INT8',
  21: 'INT2',
  23: 'INT4',
  25: 'TEXT',
  26: 'OID',
  114: 'JSON',
  1003: '_NAME',
  1009: '_TEXT',
  1043: 'VARCHAR',
  1184: 'TIMESTAMPTZ',
  3802: 'JSONB'
};

/** 10 MB: https://cloud.google.com/sql/docs/postgres/executesql */
const MOST_BYTES = 10_000_000;

/**
 * Runs the text in a session of its own on the real server behind the instance, as the IAM user of the caller. A failed
 * statement is a part of the answer.
 */
export async function executeSql(cloud: CloudState, name: string, body: Json): Promise<Json> {
  const instance = instanceOf(cloud, name);
  if (object(instance.json['settings'])['dataApiAccess'] !== 'ALLOW_DATA_API') {
    throw invalid('Invalid request: The Data API is not allowed for this instance.');
  }
  if (body['autoIamAuthn'] !== true && body['passwordSecretVersion'] === undefined) {
    throw invalid('Invalid request: Missing parameter: passwordSecretVersion.');
  }
  if (text(body['sqlStatement']) === '') throw invalid('Invalid request: Missing parameter: sqlStatement.');
  if (cloud.sql === undefined) throw new GcpFault(503, 'serviceUnavailable', 'The instance does not answer.');
  const client = new Client({ ...cloud.sql, database: text(body['database']) || 'postgres' });
  try {
    await client.connect();
    const types = { getTypeParser: () => (value: string) => value };
    const result = (await client.query({ text: text(body['sqlStatement']), types })) as QueryResult | QueryResult[];
    const answer = { results: [result].flat().map(shown), metadata: { sqlStatementExecutionTime: '0.001s' } };
    if (JSON.stringify(answer).length > MOST_BYTES) throw invalid('The result is larger than 10 MB.');
    return answer;
  } catch (thrown) {
    if (thrown instanceof GcpFault) throw thrown;
    const { code = '', message = '' } = thrown as { code?: string; message?: string };
    return { status: { code: 3, message: `ERROR: ${message} (SQLSTATE ${code})` } };
  } finally {
    await client.end();
  }
}

function shown({ fields, rows }: QueryResult<Readonly<Record<string, string | null>>>): Json {
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, type: TYPES[dataTypeID] ?? 'TEXT' })),
    rows: rows.map(row => ({
      values: fields.map(({ name }) => {
        const value = row[name] ?? null;
        return value === null ? { nullValue: true } : { value };
      })
    }))
  };
}
