/** Where and how a member stands on the wire, as far as the Query and XML protocols care. */
export interface Traits {
  readonly xmlName?: string;
  readonly xmlFlattened?: unknown;
  readonly ec2QueryName?: string;
}

export interface Member {
  readonly shape: () => Shape;
  readonly traits: Traits;
}

export interface Structure {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly required: readonly string[];
}

/** One shape of an AWS service. */
export type Shape =
  | Structure
  | { readonly kind: 'list'; readonly member: Member }
  | { readonly kind: 'map'; readonly key: Member; readonly value: Member }
  | { readonly kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'unit' };

/** Where the clients keep theirs: `client['CreateDBInstance$']`. */
export type ClientModule = Readonly<Record<string, unknown>>;

const SCALARS: ReadonlyMap<number, 'string' | 'number' | 'boolean' | 'timestamp' | 'blob'> = new Map([
  [0, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [5, 'timestamp'],
  [6, 'timestamp'],
  [7, 'timestamp'],
  [17, 'number'],
  [19, 'number'],
  [21, 'blob']
]);

const known = new WeakMap<object, Shape>();

/**
 * Input and output of an action as the official client describes them; `undefined` when the service has no such action.
 */
export function operation(
  client: ClientModule,
  action: string
): { readonly input: Shape; readonly output: Shape } | undefined {
  const found = client[`${action}$`];
  if (!Array.isArray(found) || found[0] !== 9) return undefined;
  return { input: shapeOf(found[4]), output: shapeOf(found[5]) };
}

/** An error of a service. */
export interface ModelledError {
  /** What JSON services call it. */
  readonly name: string;
  /** What Query services call it. */
  readonly code: string;
  readonly status: number;
}

/** Code and HTTP status of an error of the service, by the name of its class or by its code. */
export function modelledError(client: ClientModule, code: string): ModelledError | undefined {
  for (const found of [client[`${code}$`], client[`${code}Fault$`], client[`${code}Exception$`]]) {
    if (!Array.isArray(found) || found[0] !== -3) continue;
    const traits = found[3] as { readonly awsQueryError?: readonly [string, number]; readonly httpError?: number };
    const name = String(found[2]);
    return { name, code: traits.awsQueryError?.[0] ?? name, status: traits.httpError ?? 400 };
  }
  return undefined;
}

/**
 * Reads one schema of `@aws-sdk/client-*`: arrays `[kind, namespace, name, traits, …]`, numbers for scalars, functions
 * for what comes later.
 */
export function shapeOf(reference: unknown): Shape {
  const schema = typeof reference === 'function' ? (reference as () => unknown)() : reference;
  if (schema === 'unit') return { kind: 'unit' };
  if (typeof schema === 'number') return scalar(schema);
  if (!Array.isArray(schema)) throw new Error(`Unknown schema ${String(schema)}`);
  const before = known.get(schema);
  if (before !== undefined) return before;
  const shape = read(schema);
  known.set(schema, shape);
  return shape;
}

function read(schema: readonly unknown[]): Shape {
  switch (schema[0]) {
    case 0:
      return shapeOf(schema[4]);
    case 1:
      return { kind: 'list', member: member(schema[4]) };
    case 2:
      return { kind: 'map', key: member(schema[4]), value: member(schema[5]) };
    case 3:
    case -3:
    case 4: {
      const names = (schema[4] ?? []) as readonly string[];
      const members = (schema[5] ?? []) as readonly unknown[];
      return {
        kind: 'structure',
        name: String(schema[2]),
        members: new Map(names.map((name, at) => [name, member(members[at])])),
        required: names.slice(0, (schema[6] as number | undefined) ?? 0)
      };
    }
    default:
      throw new Error(`Unknown kind of schema ${String(schema[0])}`);
  }
}

function scalar(code: number): Shape {
  if (code >= 128) return { kind: 'map', key: member(0), value: member(code & 63) };
  if (code >= 64) return { kind: 'list', member: member(code & 63) };
  const kind = SCALARS.get(code);
  if (kind === undefined) throw new Error(`Unknown scalar ${code}`);
  return { kind };
}

function member(reference: unknown): Member {
  const wrapped = Array.isArray(reference) && reference.length === 2;
  const [schema, traits] = wrapped ? (reference as [unknown, unknown]) : [reference, 0];
  return { shape: () => shapeOf(schema), traits: typeof traits === 'object' && traits !== null ? traits : {} };
}
