/** Resources that are added to a live server, in the order of the documentation. */
export const ADDED_RESOURCES = ['replica', 'replica-elsewhere', 'copy', 'group', 'rule', 'alarm', 'pooler'] as const;

export type AddedResource = (typeof ADDED_RESOURCES)[number];

/** What a new resource takes from its server where no input names it. */
export interface Inheritance {
  /** Fields of the server, by the names of its table. */
  readonly fields: readonly string[];
  /** What no field holds, or what is not inherited, and why. */
  readonly note?: string;
}

/** For one provider. A reason stands where it creates no such thing. */
export type InheritanceTable = Readonly<Record<AddedResource, Inheritance | string>>;
