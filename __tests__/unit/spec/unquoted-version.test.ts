import { unquotedVersion } from '../../../src/spec/unquoted-version.ts';

// A major whose newest minor is a multiple of ten or more. https://www.postgresql.org/support/versioning/
test.each([
  ['11', 2],
  ['12', 2],
  ['13', 2],
  ['14', 2],
  ['15', 1],
  ['16', 1],
  ['17', 1],
  ['18', 0]
])('of major %s %i minors can have lost a zero', (major, most) => {
  const told = Array.from({ length: 9 }, (_, at) => unquotedVersion('engine_version', `${major}.${at + 1}`));
  expect(told.map(text => text !== undefined)).toEqual(told.map((_, at) => at < most));
  if (most > 0) expect(told[0]).toContain(`write \`engine_version: '${major}.10'\``);
});

test.each(['16', '16.0', '16.10', 'x'])('nothing is told of %s', version => {
  expect(unquotedVersion('engine_version', version)).toBeUndefined();
});
