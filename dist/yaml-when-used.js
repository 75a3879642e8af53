module.exports = new Proxy({}, { get: (_, name) => require('./yaml.js')[name] });
