module.exports = new Proxy({}, { get: (_, name) => name === '__esModule' ? true : require('./undici.js')[name] });
