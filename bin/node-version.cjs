'use strict';

/** The versions of Node that have what the bundle uses: zstd in `node:zlib`. https://nodejs.org/api/zlib.html */
exports.NEEDED = '^22.15.0 || >=24.0.0';

/**
 * What keeps the bundle from running on a version of Node, as a sentence; undefined when nothing does. Any Node reads
 * this: it is copied in front of the bundle, so it uses nothing from outside.
 */
exports.problemOfNode = function problemOfNode(version) {
  var numbers = version.split('.').map(Number);
  if (numbers[0] >= 24 || (numbers[0] === 22 && numbers[1] >= 15)) return undefined;
  return 'Could not run pgkeep: it needs Node 24 (22.15 will do), and was started with Node ' + version;
};
