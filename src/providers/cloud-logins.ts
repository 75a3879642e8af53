import type { RoleEntry } from '../spec/sql-objects.ts';

/** How a role of a server comes to log in by an identity of its cloud. */
export type CloudLogins = WithMembership | WithStatement | WithResource;

/** Every role that is a member of this one logs in so, and by no password. */
interface WithMembership {
  readonly kind: 'membership';
  readonly role: string;
}

/** A function of the server makes the role. */
interface WithStatement {
  readonly kind: 'statement';
  /** The database that has the function. */
  readonly database: string;
  /** Its name and first arguments. Two more say that the role is no administrator and needs no second factor. */
  readonly create: (login: CloudLogin) => { readonly name: string; readonly texts: readonly string[] };
  /** What to do where the function is not there, or refuses. */
  readonly hint: string;
  readonly removal: string;
  readonly nameOf: NameOf;
}

/** The provider's own step makes the role, before the steps within the server. */
interface WithResource {
  readonly kind: 'resource';
  /** How such a role is removed that no input names any more: a sentence. */
  readonly removal: string;
  readonly nameOf: NameOf;
}

/** The name that the role has in the server, or what is wrong with the entry. `key`: its name in `roles`. */
type NameOf = (key: string, entry: RoleEntry) => { readonly name: string } | { readonly allowed: string };

/** An identity of the cloud that logs in under a role's name. */
export interface CloudLogin {
  readonly name: string;
  readonly objectId: string | undefined;
  readonly kind: RoleEntry['kind'];
}
