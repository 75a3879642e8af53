import { foreignAnswer, isForeign, isWebPage } from '../../../src/engine/foreign-answer.ts';

test.each([
  ['a page', '<html><body>Sign in</body></html>', true],
  ['with a type', '<!DOCTYPE html>\n<html lang="en">', true],
  ['in capitals, behind a byte order mark and a line', '\uFEFF\n<HTML>', true],
  ['of XML', '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">', true],
  ['behind a comment', '<!-- proxy -->\n<html>', true],
  ['an answer of AWS', '<?xml version="1.0"?><DescribeDBInstancesResponse xmlns="http://rds">', false],
  ['at the end of what is looked at', `${' '.repeat(995)}<html>`, true],
  ['behind it', `${' '.repeat(996)}<html>`, false],
  ['JSON that has a page in it', '{"message": "<html></html>"}', false],
  ['nothing', '', false]
])('%s', (_what, body, expected) => {
  expect(isWebPage(body)).toBe(expected);
  expect(isWebPage(Buffer.from(body))).toBe(expected);
});

test.each([
  [200, '<html>', true],
  [299, '<html>', true],
  [300, '<html>', false],
  [404, '404 page not found', true],
  // In the form of an API.
  [404, '{"id": "not_found"}', false],
  [404, '<ErrorResponse><Error><Code>DBInstanceNotFound</Code></Error></ErrorResponse>', false],
  [404, '', false],
  // The status says enough, and where it leads is refused elsewhere.
  [403, '<html>', false],
  [429, '<html>', false],
  [502, '<html>', false],
  [302, '<html>', false]
])('an answer of status %i with %s', (status, body, expected) => {
  expect(isForeign(status, body)).toBe(expected);
});

test('an answer of another server may be lost: the call is tried again', () => {
  expect(foreignAnswer('sts:GetCallerIdentity')).toMatchObject({
    kind: 'transient',
    message: 'Could not read the answer to sts:GetCallerIdentity: it is not an answer of this API',
    hint: 'Check the proxy of this runner: a server on the way answers in the place of the API.'
  });
});
