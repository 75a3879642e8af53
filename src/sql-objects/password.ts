import { createHmac, randomBytes } from 'node:crypto';
import type { KeptPasswords } from '../providers/role-secrets.ts';
import type { SecretStore } from '../providers/provider.ts';

/** Where the password of a database comes from. Every value it gives is masked. */
export interface Passwords {
  /** The password, as far as this run can know it. */
  known(): Promise<string | undefined>;
  /** The password of a new database. The same from then on. */
  make(): Promise<string>;
  /** Called when the database was deleted. */
  invalidate(): Promise<void>;
  /** Later runs can know the password. */
  readonly isLasting: boolean;
  /** Every run makes the same one. Any other is made under the lock on its database: two runs would make two. */
  readonly isFixed: boolean;
  /** The workflow says what it is. Any other is wrong until it was sent. */
  readonly isGiven: boolean;
}

export interface PasswordOptions {
  /** Of the database, unique on its server. */
  readonly name: string;
  /** What the password is derived for: equal parts give the same password, in any job. */
  readonly identity: readonly string[];
  readonly seed: string | undefined;
  readonly store: SecretStore | undefined;
  readonly mask: (value: string) => void;
}

/** Derived from the seed, else kept in the store, else random and known to this run only. */
export function passwordsOf({ name, identity, seed, store, mask }: PasswordOptions): Passwords {
  const masked = (password: string): string => {
    mask(password);
    return password;
  };
  if (seed !== undefined) {
    const password = derivePassword(seed, identity);
    return {
      known: async () => masked(password),
      make: async () => masked(password),
      invalidate: async () => {},
      isLasting: true,
      isFixed: true,
      isGiven: false
    };
  }
  let made: string | undefined;
  const known = async (): Promise<string | undefined> => {
    const kept = made ?? (await store?.read(name));
    return kept === undefined ? undefined : masked(kept);
  };
  return {
    known,
    make: async () => {
      const password = masked((await known()) ?? randomBytes(24).toString('base64url'));
      await store?.write(name, password);
      made = password;
      return password;
    },
    invalidate: async () => {
      made = undefined;
      await store?.remove(name);
    },
    isLasting: store !== undefined,
    isFixed: false,
    isGiven: false
  };
}

/** In the cloud's own secret store, where the provider's step for the secret put it. */
export function keptPassword(store: KeptPasswords, role: string, mask: (value: string) => void): Passwords {
  const known = async (): Promise<string | undefined> => {
    const kept = await store.read(role);
    if (kept !== undefined) mask(kept);
    return kept;
  };
  return {
    known,
    make: async () => {
      const password = await store.make(role);
      mask(password);
      return password;
    },
    // The secret has a step of its own.
    invalidate: async () => {},
    isLasting: true,
    isFixed: true,
    isGiven: false
  };
}

/** Under which name a role's password is stored. No other role has it: no name of a role begins with a digit. */
export function storedName(role: string, version: string | undefined): string {
  return version === undefined ? role : `${role.length}-${role}-${version}`;
}

/** HMAC-SHA-256 of the identity under the seed, base64url: 43 characters that need no escaping anywhere. */
export function derivePassword(seed: string, identity: readonly string[]): string {
  return createHmac('sha256', seed)
    .update(JSON.stringify(['pgkeep password', 1, ...identity]))
    .digest('base64url');
}
