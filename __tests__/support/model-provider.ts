import { OURS } from './resources.ts';
import type { Facts, Field, FieldTable, Observed, ResourceType, Work } from '../../src/engine/resource.ts';
import { canonicalJson, type Value } from '../../src/engine/value.ts';

/** What one call of a resource received and when it was at work. */
export interface Call {
  readonly kind: 'create' | 'update' | 'remove';
  readonly work: Work;
  /** Calls at work when it began, by address. */
  readonly running: readonly string[];
  /** Calls that were over when it began, by address. */
  readonly after: readonly string[];
}

/** A live thing of the model. */
export interface Thing {
  readonly title: string;
  readonly isMarked: boolean;
  readonly fields: Readonly<Record<string, Value>>;
  readonly pending: Readonly<Record<string, Value>>;
  readonly facts: Facts;
  readonly dependsOn: readonly string[];
  readonly concurrencyGroup: string;
}

/**
 * A provider that keeps things in memory, the way clouds do: it rounds, respells, defers and adds defaults of its own.
 */
export interface ModelContext {
  readonly things: Map<string, Thing>;
  readonly calls: Call[];
  /** Runs inside every call, before it takes effect: a place for pauses and failures. */
  readonly during: (work: Work) => Promise<void>;
  /** The place of a created resource; a real provider knows it from the resource itself. */
  readonly placed: (address: string) => Pick<Thing, 'title' | 'dependsOn' | 'concurrencyGroup'>;
  readonly running: Set<string>;
  readonly finished: Set<string>;
}

export function modelContext(more: Partial<Pick<ModelContext, 'things' | 'during' | 'placed'>> = {}): ModelContext {
  return {
    things: new Map(),
    during: async () => {},
    placed: address => ({ title: `thing ${address}`, dependsOn: [], concurrencyGroup: address }),
    ...more,
    calls: [],
    running: new Set(),
    finished: new Set()
  };
}

const BLOCK = 10;

function roundedUp(value: Value): Value {
  return typeof value === 'number' ? Math.ceil(value / BLOCK) * BLOCK : value;
}

function lowerCased(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** As the provider lists it: in an order of its own. */
function listed(value: Value): Value {
  return Array.isArray(value)
    ? (value as readonly Value[]).toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
    : value;
}

const plain: Field = { api: 'Plain', impact: 'online' };

/** A field of each kind of habit. */
export const MODEL_TABLE: FieldTable = {
  /** Rounded up by the provider. */
  size: { api: 'Size', input: 'allocated_storage', impact: 'online', normalise: roundedUp },
  /** Stored in lower case. */
  class: { api: 'Class', input: 'instance_class', impact: 'restart', normalise: lowerCased },
  /** A list whose order means nothing. */
  groups: { api: 'Groups', impact: 'online', normalise: listed },
  /** Queued by the provider until a restart. */
  queued: { api: 'Queued', input: 'multi_az', impact: 'deferred' },
  /** Written, never read back. */
  password: { api: 'Password', input: 'master_password', impact: 'online' },
  /** Says which one it is. */
  version: { api: 'Tag', input: 'master_password_version', impact: 'online', sends: 'master_password' },
  plain,
  'parameters.*': { api: 'Parameter', input: 'parameters', impact: 'restart', normalise: lowerCased }
};

/** A field as the provider stores it. */
function stored(field: string, value: Value): Value {
  if (field === 'size') return roundedUp(value);
  if (field === 'groups') return listed(value);
  if (field === 'class' || field.startsWith('parameters.')) return lowerCased(value);
  return value;
}

export const model: ResourceType<ModelContext> = {
  type: 'thing',
  fields: MODEL_TABLE,
  permissions: { observe: [], create: [], update: [], delete: [] },
  observe: async context => observeModel(context),
  create: async (context, work) =>
    called(context, work, 'create', () => {
      if (context.things.has(work.address)) throw new Error(`${work.address} exists`);
      // Defaults of the provider's own, which no input asked for and which cause no change.
      const start: Thing = {
        ...context.placed(work.address),
        isMarked: true,
        fields: { zone: 'a' },
        pending: {},
        facts: { id: `id of ${work.address}`, plain: 1 }
      };
      const thing = changed({ ...start, pending: {} }, work, false);
      context.things.set(work.address, thing);
      return thing.facts;
    }),
  update: async (context, work) =>
    called(context, work, 'update', () => {
      const thing = context.things.get(work.address);
      if (thing === undefined) throw new Error(`${work.address} is gone`);
      context.things.set(
        work.address,
        changed({ ...thing, ...context.placed(work.address), isMarked: true }, work, true)
      );
      return thing.facts;
    }),
  remove: async (context, work) =>
    called(context, work, 'remove', () => {
      context.things.delete(work.address);
    })
};

export function observeModel(context: ModelContext): readonly Observed[] {
  return [...context.things].map(([address, thing]) => ({
    address,
    type: 'thing',
    title: thing.title,
    ownership: thing.isMarked ? ({ kind: 'ours', mark: OURS } as const) : ({ kind: 'unmarked' } as const),
    fields: thing.fields,
    pending: thing.pending,
    facts: thing.facts,
    dependsOn: thing.dependsOn,
    concurrencyGroup: thing.concurrencyGroup
  }));
}

function changed(thing: Thing, work: Work, canQueue: boolean): Thing {
  const fields = new Map(Object.entries(thing.fields));
  const pending = new Map(Object.entries(thing.pending));
  for (const [field, value] of Object.entries(work.values)) {
    if (field === 'password' || field === 'master_password') continue;
    pending.delete(field);
    if (canQueue && field === 'queued' && fields.get(field) !== value) pending.set(field, value);
    else if (value === null) fields.delete(field);
    else fields.set(field, stored(field, value));
  }
  return { ...thing, fields: Object.fromEntries(fields), pending: Object.fromEntries(pending) };
}

async function called<T>(context: ModelContext, work: Work, kind: Call['kind'], effect: () => T): Promise<T> {
  context.calls.push({ kind, work, running: [...context.running], after: [...context.finished] });
  context.running.add(work.address);
  try {
    await context.during(work);
    const result = effect();
    context.finished.add(work.address);
    return result;
  } finally {
    context.running.delete(work.address);
  }
}
