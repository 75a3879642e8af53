interface Call {
  readonly project: string;
  readonly instance: string;
  readonly requestBody?: unknown;
}

interface Login {
  request(options: { readonly url: string; readonly method: string; readonly data?: unknown }): Promise<unknown>;
}

/**
 * The text of a CommonJS module that stands for `@googleapis/sqladmin`, of which the Cloud SQL connector makes two
 * calls: the client of the whole API takes a hundred times the space. The login that the connector is given sends
 * them, as the client would let it.
 */
export function sqlAdminModule(): string {
  return `exports.sqladmin_v1beta4 = { Sqladmin: ${Sqladmin.toString()} };\n`;
}

/** It is put into the bundle as a text, so it uses nothing from around it. */
class Sqladmin {
  context = { _options: {} };
  connect: Readonly<Record<'get' | 'generateEphemeralCert', (call: Call) => Promise<unknown>>>;

  constructor({ auth }: { readonly auth: Login }) {
    const at = ({ project, instance }: Call, rest: string): string =>
      `https://sqladmin.googleapis.com/sql/v1beta4/projects/${encodeURIComponent(project)}/instances/${encodeURIComponent(instance)}${rest}`;
    this.connect = {
      get: async call => auth.request({ url: at(call, '/connectSettings'), method: 'GET' }),
      generateEphemeralCert: async call =>
        auth.request({ url: at(call, ':generateEphemeralCert'), method: 'POST', data: call.requestBody })
    };
  }
}
