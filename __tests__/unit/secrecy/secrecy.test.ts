import * as fc from 'fast-check';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';
import { passwords, spelled, spellingNames, SPELLINGS } from '../../security/spellings.ts';

const words = fc.constantFrom('The request was invalid: ', '{"password":"', 'user=shop&pw=', '', '\\', 'C:\\', '100%');

test('a secret is found in each spelling, in any surroundings', () => {
  fc.assert(
    fc.property(passwords, spellingNames, words, words, (secret, spelling, before, after) => {
      const secrets = openSecrets();
      secrets.add(secret);
      const text = spelled(secret, spelling);
      const cleaned = secrets.cleanForeign(`${before}${text}${after}`) ?? '';
      expect(cleaned).not.toContain(text);
      expect(cleaned.length).toBeLessThan(before.length + after.length + 3 + Math.max(12, 0.75 * text.length));
    }),
    // The backslash before the first letters that HTML leaves reads as an escape of its own.
    { numRuns: 500, examples: [['xaaaa!aaaa', 'in HTML, every character', 'C:\\', '']] }
  );
});

test.each(Object.keys(SPELLINGS))('text around a secret %s stays', spelling => {
  const secrets = openSecrets();
  secrets.add('hunter2-is-my-"pass\'word"');
  const text = spelled('hunter2-is-my-"pass\'word"', spelling);
  const cleaned = secrets.clean(`Value <${text}> is not allowed here.`);
  expect(cleaned).toMatch(/^Value <[^ ]{0,12}\*\*\*[^*]{0,8}> is not allowed here\.$/);
});

test('a text without a secret stays as it is', () => {
  const secrets = openSecrets();
  secrets.add('correct-horse-battery');
  const text = 'Call rds:CreateDBInstance: {"a":"b\\n%20"} &amp; C:\\new+old';
  expect(secrets.clean(text)).toBe(text);
  expect(secrets.cleanForeign(text)).toBe(text);
});

test('a foreign text that may hold a short secret is not shown at all', () => {
  const secrets = openSecrets();
  secrets.add('x1y2');
  expect(secrets.cleanForeign('password x1y2 is too short')).toBeUndefined();
  expect(secrets.cleanForeign(`token ${Buffer.from('x1y2').toString('base64')} refused`)).toBeUndefined();
  expect(secrets.cleanForeign('no such server')).toBe('no such server');
  expect(secrets.clean('ours: x1y2')).toBe('ours: ***');
});

test('a name that is shown stays in our texts, though the password is the same word', () => {
  const secrets = openSecrets();
  secrets.add('postgres');
  secrets.declarePublic(['postgres']);
  expect(secrets.clean('server postgres')).toBe('server postgres');
  expect(secrets.cleanForeign('password "postgres" is weak')).toBe('password "***" is weak');
});

test('of an address without a host only the password is secret', () => {
  const secrets = openSecrets();
  secrets.add('postgresql://doadmin:AVNS_correct-horse@:25060/defaultdb?sslmode=require');
  expect(secrets.clean('defaultdb, AVNS_correct-horse')).toBe('defaultdb, ***');
});

test('the secret of an address is its password, not its host', () => {
  const secrets = openSecrets();
  expect(secrets.add('postgresql://shop:s3cr3t%2Fpassw0rd@db.example.com:5432/shop')).toContain('s3cr3t/passw0rd');
  expect(secrets.clean('db.example.com:5432 refuses s3cr3t/passw0rd')).toBe('db.example.com:5432 refuses ***');
});

test('each line of a key in a frame is secret, and the frame is not', () => {
  const secrets = openSecrets();
  secrets.add('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n');
  expect(secrets.clean('-----BEGIN PRIVATE KEY-----\nhkiG9w0BAQEFAASC')).toBe('-----BEGIN PRIVATE KEY-----\n***');
});

test('searching a long text takes time in proportion to its length', () => {
  const secrets = openSecrets();
  for (let one = 0; one < 50; one += 1) secrets.add(`secret-number-${one}-%41%42\\u0041&amp;`);
  const text = '%25%5C\\u0026amp;&#x26;'.repeat(3000);
  expect(secrets.clean(text)).toBe(text);
});
