import { matchesVerifier, scramVerifier } from '../../../src/postgres/scram.ts';

// Made by PostgreSQL 17 itself: create role … password 'pencil', then read from pg_authid.
const FROM_THE_SERVER =
  'SCRAM-SHA-256$4096:4+IayLz2gkz3fK5rI7cE0A==$R2q7omMO0i8RGJdEiPxl0rpPViyfhbR/45IzQMtgFhM=:TbkYg5GV/mSYUH/PtKPHIAi62LVVflqSVB9p72HzVjc=';

describe('scramVerifier', () => {
  test("equals the server's verifier for the same salt", () => {
    const salt = Buffer.from(FROM_THE_SERVER.slice('SCRAM-SHA-256$4096:'.length).split('$')[0] ?? '', 'base64');
    expect(scramVerifier('pencil', { salt })).toBe(FROM_THE_SERVER);
  });

  test('is 133 characters long and different each time', () => {
    const one = scramVerifier('a password');
    expect(one).toHaveLength(133);
    expect(scramVerifier('a password')).not.toBe(one);
  });
});

describe('matchesVerifier', () => {
  test('recognises the password of a verifier', () => {
    expect(matchesVerifier(FROM_THE_SERVER, 'pencil')).toBe(true);
    expect(matchesVerifier(FROM_THE_SERVER, 'Pencil')).toBe(false);
  });

  test('follows the iterations that the verifier names', () => {
    expect(matchesVerifier(scramVerifier('x', { iterations: 1 }), 'x')).toBe(true);
  });

  test.each([
    ['a non-breaking space for a space', 'a b', 'a\u00A0b'],
    ['a ligature for its letters', 'fi', '\uFB01'],
    ['a soft hyphen for nothing', 'ab', 'a\u00ADb']
  ])('takes %s, as the server does', (_, plain, typed) => {
    expect(matchesVerifier(scramVerifier(plain), typed)).toBe(true);
  });

  test.each([
    ['no password', null],
    ['an empty one', ''],
    ['an MD5 hash', 'md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['a cut one', 'SCRAM-SHA-256$4096:AAAA'],
    ['no iterations', 'SCRAM-SHA-256$0:AAAA$AAAA:AAAA']
  ])('never matches %s', (_, verifier) => {
    expect(matchesVerifier(verifier, '')).toBe(false);
  });
});
