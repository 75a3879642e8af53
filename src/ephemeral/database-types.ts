import type { Mark } from '../engine/ownership.ts';
import type { DatabaseMark } from '../postgres/database-mark.ts';

/** What a pull request's database keeps about itself. */
export interface EphemeralMark extends DatabaseMark {
  /** Every step of its creation is done. */
  readonly ready?: boolean;
}

/** A pull request's database and role as they are. */
export interface DatabaseState {
  /** `undefined` when there is no such role. */
  readonly role:
    | {
        readonly mark: Mark | undefined;
        /** The password that this run knows works; `undefined` when that is not known. */
        readonly isPasswordRight: boolean | undefined;
      }
    | undefined;
  /** `undefined` when there is no such database. */
  readonly database:
    | {
        readonly mark: EphemeralMark | undefined;
        /** It belongs to the role of its name. */
        readonly isOfRole: boolean;
        readonly isOpenToPublic: boolean;
        /** Left by an interrupted DROP DATABASE (`datconnlimit = -2`): only another DROP repairs it. */
        readonly isInvalid: boolean;
        readonly isTemplate: boolean;
        /** Completely created, with a comment that names its owner. */
        readonly isReady: boolean;
        /** Read when they are asked for: that takes a connection of its own. */
        readonly extensions: () => Promise<readonly string[]>;
      }
    | undefined;
  /** The admin of the base is a superuser. */
  readonly isSuperuser: boolean;
  /** Source of a file copy: whether the server syncs its files. */
  readonly syncs: boolean;
  /** Names of the settings that the template has for its sessions (ALTER DATABASE … SET). */
  readonly templateSettings: readonly string[];
  /** Other databases that PUBLIC, and so this role, may connect to. */
  readonly openDatabases: readonly { readonly name: string; readonly isOwn: boolean }[];
}
