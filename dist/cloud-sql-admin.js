exports.sqladmin_v1beta4 = { Sqladmin: class Sqladmin {
  context = { _options: {} };
  connect                                                                                     ;

  constructor({ auth }                          ) {
    const at = ({ project, instance }      , rest        )         =>
      `https://sqladmin.googleapis.com/sql/v1beta4/projects/${encodeURIComponent(project)}/instances/${encodeURIComponent(instance)}${rest}`;
    this.connect = {
      get: async call => auth.request({ url: at(call, '/connectSettings'), method: 'GET' }),
      generateEphemeralCert: async call =>
        auth.request({ url: at(call, ':generateEphemeralCert'), method: 'POST', data: call.requestBody })
    };
  }
} };
