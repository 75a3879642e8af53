import { createRequire } from 'node:module';
import { sqlAdminModule } from '../../../../scripts/build/sql-admin.mts';

type Call = Readonly<Record<string, unknown>>;

/** Of the client and of what stands for it, what the connector uses. */
interface SqlAdmin {
  readonly sqladmin_v1beta4: {
    readonly Sqladmin: new (options: {
      readonly auth: { readonly request: (options: Call) => Promise<unknown> };
      readonly universeDomain?: string;
    }) => Readonly<Record<'connect', Readonly<Record<'get' | 'generateEphemeralCert', (call: Call) => Promise<unknown>>>>>;
  };
}

test('what stands for the client of the Admin API asks for the same two things', async () => {
  const standIn: Partial<SqlAdmin> = {};
  new Function('exports', sqlAdminModule())(standIn);
  const whole = createRequire(import.meta.url)('@googleapis/sqladmin') as SqlAdmin;
  const requestsOf = async ({ sqladmin_v1beta4: { Sqladmin } }: SqlAdmin): Promise<readonly Call[]> => {
    const sent: Call[] = [];
    const request = async ({ url, method, data }: Call): Promise<unknown> => {
      sent.push({ url: String(url), method, data });
      return { data: { number: sent.length } };
    };
    const { connect } = new Sqladmin({ auth: { request } });
    const instance = { project: 'example.com:shop', instance: 'orders' };
    expect(await connect.get(instance)).toMatchObject({ data: { number: 1 } });
    const requestBody = { public_key: 'a key', access_token: 'a token' };
    expect(await connect.generateEphemeralCert({ ...instance, requestBody })).toMatchObject({ data: { number: 2 } });
    return sent;
  };
  const [first, second] = await requestsOf(whole);
  expect(first?.['url']).toContain('/connectSettings');
  expect(await requestsOf(standIn as SqlAdmin)).toEqual([first, second]);
});
