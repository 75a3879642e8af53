module.exports = new Proxy({}, { get: (_, name) => name === '__esModule' ? true : require('./yaml.js')[name] });
