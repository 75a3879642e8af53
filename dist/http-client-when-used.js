module.exports = new Proxy({}, { get: (_, name) => require('./http-client.js')[name] });
