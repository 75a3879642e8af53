module.exports = new Proxy({}, { get: (_, name) => require('./undici.js')[name] });
