import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of salt in a verifier, as PostgreSQL makes them (`SCRAM_DEFAULT_SALT_LEN`). */
const SALT_BYTES = 16;

/**
 * PostgreSQL's default (`scram_iterations`). Fewer would be quicker and is accepted by libpq and node-postgres, but
 * pgjdbc and Bun refuse a server that asks for less.
 */
const ITERATIONS = 4096;

const VERIFIER = /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

export interface VerifierOptions {
  /** Default: 16 random bytes. */
  readonly salt?: Buffer;
  /** Default 4096, see `ITERATIONS`. */
  readonly iterations?: number;
}

/**
 * PostgreSQL's verifier of a password (`pg_authid.rolpassword`), so that the password itself is never part of an SQL
 * statement: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. With the default salt and iterations it is
 * always 133 characters long. https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export function scramVerifier(password: string, options: VerifierOptions = {}): string {
  const salt = options.salt ?? randomBytes(SALT_BYTES);
  const iterations = options.iterations ?? ITERATIONS;
  const keys = deriveKeys(password, salt, iterations);
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${keys.stored.toString('base64')}:${keys.server.toString('base64')}`;
}

/**
 * Whether `verifier` (`pg_authid.rolpassword`) was made from `password`. False for any other form, such as an MD5 hash.
 */
export function matchesVerifier(verifier: string | null, password: string): boolean {
  const [, iterations, salt, stored] = VERIFIER.exec(verifier ?? '') ?? [];
  if (iterations === undefined || salt === undefined || stored === undefined || Number(iterations) === 0) return false;
  const wanted = Buffer.from(stored, 'base64');
  const derived = deriveKeys(password, Buffer.from(salt, 'base64'), Number(iterations)).stored;
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
}

function deriveKeys(password: string, salt: Buffer, iterations: number): { stored: Buffer; server: Buffer } {
  const salted = pbkdf2Sync(prepare(password), salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    stored: createHash('sha256').update(clientKey).digest(),
    server: createHmac('sha256', salted).update('Server Key').digest()
  };
}

/**
 * The part of SASLprep (RFC 4013) that changes bytes, as node-postgres does it too: PostgreSQL and libpq apply it to
 * both sides, so a password with such characters would otherwise never match.
 */
function prepare(password: string): string {
  return password
    .replaceAll(/[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/g, ' ')
    .replaceAll(/\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/g, '')
    .normalize('NFKC');
}
