/** What is compared of each kind of object. */
export interface ObjectFacts {
  readonly schema: Readonly<Record<string, never>>;
  readonly extension: { readonly version: string; readonly schema: string };
  /** An enum has labels; of a domain, a composite type or a range the definition says all. */
  readonly type: { readonly form: string; readonly labels: readonly string[]; readonly definition: string };
  readonly sequence: { readonly definition: string };
  readonly table: {
    readonly form: 'table' | 'partitioned table' | 'foreign table';
    readonly isUnlogged: boolean;
    /** `PARTITION BY …`. */
    readonly partitionKey: string | null;
    readonly partitionOf: string | null;
    /** `FOR VALUES …`. */
    readonly bound: string | null;
    readonly inherits: readonly string[];
    readonly hasRowSecurity: boolean;
    readonly forcesRowSecurity: boolean;
    readonly options: readonly string[];
  };
  readonly column: {
    readonly type: string;
    readonly isRequired: boolean;
    /** The NOT NULL constraint that holds for new rows only, so far: from PostgreSQL 18 on. */
    readonly unvalidated: string | null;
    readonly default: string | null;
    readonly collation: string | null;
    /** `''`, `ALWAYS` or `BY DEFAULT`. */
    readonly identity: string;
    /** Of a generated column `STORED` or `VIRTUAL`, and `default` holds its expression. */
    readonly generated: string;
  };
  readonly constraint: {
    /** As in `pg_constraint.contype`: check, foreign key, primary key, unique, exclusion. */
    readonly form: 'c' | 'f' | 'p' | 'u' | 'x';
    readonly definition: string;
    /** The table that a foreign key refers to. */
    readonly refersTo: string | null;
  };
  /** One that is not valid was not built to its end: no query uses it. */
  readonly index: { readonly definition: string; readonly isUnique: boolean; readonly isValid: boolean };
  readonly view: {
    readonly isMaterialized: boolean;
    readonly definition: string;
    /** Name and type of each. */
    readonly columns: readonly string[];
    readonly options: readonly string[];
  };
  readonly function: { readonly form: string; readonly result: string; readonly definition: string };
  readonly trigger: { readonly definition: string; readonly enabled: string };
  readonly policy: { readonly definition: string };
  readonly grant: { readonly on: string; readonly to: string; readonly privileges: readonly string[] };
}

export type ObjectKind = keyof ObjectFacts;

/** One object of a database. */
export interface SchemaObject<K extends ObjectKind = ObjectKind> {
  readonly kind: K;
  /** Unique within its kind, quoted as in SQL: `shop.orders`, `shop.orders.note`. */
  readonly id: string;
  /** Its own name within what it belongs to, quoted. */
  readonly name: string;
  /** The id of the table, view or other object that it is a part of, and goes with. */
  readonly of: string | null;
  /** Columns: their number in the table, which a rename keeps. Tables: their oid, which a copied database keeps. */
  readonly position: number;
  readonly facts: ObjectFacts[K];
}

/** How much a table or a materialized view holds. */
export interface RelationSize {
  readonly bytes: number;
  /** As the planner knows it; -1 before the first ANALYZE. */
  readonly rows: number;
}

/** The schema of a database at one moment. */
export interface Schema {
  readonly objects: readonly SchemaObject[];
  readonly sizes: ReadonlyMap<string, RelationSize>;
  /** Columns that were dropped, by their number: `shop.orders.3`. */
  readonly droppedColumns: ReadonlySet<string>;
  /** Names of functions whose value differs with each row. */
  readonly volatileFunctions: ReadonlySet<string>;
  /** Casts that change no byte, as `from>to`. */
  readonly binaryCasts: ReadonlySet<string>;
}

/** All objects of one kind. */
export function objectsOf<K extends ObjectKind>({ objects }: Schema, kind: K): readonly SchemaObject<K>[] {
  return objects.filter((object): object is SchemaObject<K> => object.kind === kind);
}
