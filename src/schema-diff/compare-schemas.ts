import { canonicalJson } from '../engine/value.ts';
import { severityOf, type SchemaChange } from './change.ts';
import { columnChanges } from './columns.ts';
import { changeOf, RULES, type Rules } from './other-objects.ts';
import { objectsOf, type ObjectKind, type Schema, type SchemaObject } from './schema.ts';
import {
  constraintAddition,
  constraintChanges,
  constraintDrop,
  indexAddition,
  indexChange,
  indexDrop,
  tableAddition,
  tableChanges,
  tableDrop
} from './tables.ts';

/** In the order in which a migration would go about it. */
const KINDS: readonly ObjectKind[] = [
  'schema',
  'extension',
  'type',
  'sequence',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'function',
  'trigger',
  'policy',
  'grant'
];

const SEVERITIES = ['danger', 'warning', 'none'] as const;

/**
 * What it takes to make the schema `before` into `after`, dangerous changes first. Risks are told by the sizes that
 * tables have in `before`. Pure. What a table is made with or dropped with is told with the table.
 */
export function compareSchemas(before: Schema, after: Schema): readonly SchemaChange[] {
  const changes = KINDS.flatMap(kind =>
    kind === 'column' ? columnsOf(before, after) : changesOf(kind, before, after)
  );
  return SEVERITIES.flatMap(severity => changes.filter(change => severityOf(change) === severity));
}

function columnsOf(before: Schema, after: Schema): readonly SchemaChange[] {
  // A partition has the columns of its table, which are told there.
  const [old, now] = [before, after].map(
    schema => new Set(objectsOf(schema, 'table').flatMap(({ id, facts }) => (facts.partitionOf === null ? [id] : [])))
  );
  const oids = new Map(objectsOf(before, 'table').map(({ id, position }) => [id, position]));
  // A copied database has the oids of the other.
  const copied = new Set(
    objectsOf(after, 'table').flatMap(({ id, position }) => (oids.get(id) === position ? [id] : []))
  );
  return columnChanges(
    before,
    after,
    table => table !== null && old?.has(table) === true && now?.has(table) === true,
    ({ of, position }) => of !== null && copied.has(of) && after.droppedColumns.has(`${of}.${position}`)
  );
}

function changesOf(kind: Exclude<ObjectKind, 'column'>, before: Schema, after: Schema): readonly SchemaChange[] {
  const [old, now] = [byId(before, kind), byId(after, kind)];
  const [added, dropped] = [newIn(after, before), newIn(before, after)];
  return [
    ...[...old.values()].flatMap(object => {
      const isWithParent = object.of !== null && dropped.has(object.of);
      return now.has(object.id) || isWithParent ? [] : [dropOf(object, before)];
    }),
    ...[...now.values()].flatMap(object => {
      const was = old.get(object.id);
      if (was !== undefined) {
        return canonicalJson(was.facts) === canonicalJson(object.facts) ? [] : changed(was, object, before);
      }
      return object.of !== null && added.has(object.of) && isMadeWith(object)
        ? []
        : [additionOf(object, before, after)];
    })
  ];
}

function byId(schema: Schema, kind: ObjectKind): ReadonlyMap<string, SchemaObject> {
  return new Map(objectsOf(schema, kind).map(object => [object.id, object]));
}

/** Ids of what others are a part of, and that is in one schema only. */
function newIn(schema: Schema, other: Schema): ReadonlySet<string> {
  const known = new Set(other.objects.map(({ kind, id }) => `${kind} ${id}`));
  return new Set(schema.objects.filter(({ kind, id }) => !known.has(`${kind} ${id}`)).map(({ id }) => id));
}

/** Objects that are created with their parent, without a statement of their own. */
function isMadeWith({ kind, facts }: SchemaObject): boolean {
  if (kind === 'constraint' || kind === 'sequence') return true;
  // New functions and types may be used by every role, unless that is revoked.
  if (kind !== 'grant' || !('on' in facts)) return false;
  return facts.to === 'PUBLIC' && /^(FUNCTION|PROCEDURE|TYPE) /.test(facts.on);
}

function isA<K extends ObjectKind>(object: SchemaObject, kind: K): object is SchemaObject<K> {
  return object.kind === kind;
}

function dropOf(object: SchemaObject, before: Schema): SchemaChange {
  const size = before.sizes.get(object.of ?? object.id);
  if (isA(object, 'table')) return tableDrop(object, size);
  if (isA(object, 'constraint')) return constraintDrop(object, size);
  if (isA(object, 'index')) return indexDrop(object, size);
  return changeOf(object, 'drop', ruleOf(object.kind).drop(object, size));
}

function additionOf(object: SchemaObject, before: Schema, after: Schema): SchemaChange {
  if (isA(object, 'table')) return tableAddition(object, after);
  if (isA(object, 'constraint')) return constraintAddition(object, before);
  if (isA(object, 'index')) return indexAddition(object, before);
  return changeOf(object, 'add', ruleOf(object.kind).add(object));
}

function changed(was: SchemaObject, now: SchemaObject, before: Schema): readonly SchemaChange[] {
  const size = before.sizes.get(now.of ?? now.id);
  if (isA(was, 'table') && isA(now, 'table')) return tableChanges(was, now, size);
  if (isA(was, 'constraint') && isA(now, 'constraint')) return constraintChanges(was, now, before);
  if (isA(was, 'index') && isA(now, 'index')) return [indexChange(was, now, before)];
  return ruleOf(now.kind)
    .change(was, now, size)
    .map(told => changeOf(now, 'change', told));
}

/** The rules of a kind, for objects that were found under that kind. */
function ruleOf(kind: ObjectKind): Rules<ObjectKind> {
  const rules: Partial<Record<ObjectKind, unknown>> = RULES;
  return rules[kind] as Rules<ObjectKind>;
}
