import { defined } from '../engine/defined.ts';
import type { Risk, SchemaChange } from './change.ts';
import { dataLoss, mayFail, tableWork, warning } from './risks.ts';
import { objectsOf, type RelationSize, type Schema, type SchemaObject } from './schema.ts';
import { keepsStorage } from './type-change.ts';

type Column = SchemaObject<'column'>;

/** `total numeric(10,2) NOT NULL DEFAULT 0`. */
export function columnText({ name, facts }: Column): string {
  const { type, isRequired, collation, identity, generated } = facts;
  return [
    name,
    type,
    ...(collation === null ? [] : [`COLLATE ${collation}`]),
    ...(generated === '' ? [] : [`GENERATED ALWAYS AS (${facts.default ?? ''}) ${generated}`]),
    ...(identity === '' ? [] : [`GENERATED ${identity} AS IDENTITY`]),
    ...(facts.default === null || generated !== '' ? [] : [`DEFAULT ${facts.default}`]),
    ...(isRequired ? ['NOT NULL'] : [])
  ].join(' ');
}

/**
 * The columns of tables that stand in both schemas: added, dropped, renamed, changed. `isDropped`: whether a column of
 * `before` is no longer in the table, whatever has its name now.
 */
export function columnChanges(
  before: Schema,
  after: Schema,
  isInBoth: (table: string | null) => boolean,
  isDropped: (column: Column) => boolean
): readonly SchemaChange[] {
  const [old, now] = [before, after].map(schema => objectsOf(schema, 'column').filter(({ of }) => isInBoth(of)));
  const [oldIds, newIds] = [old, now].map(columns => new Map(columns?.map(column => [column.id, column])));
  const dropped = (old ?? []).filter(
    // What was computed is computed again.
    column => newIds?.has(column.id) !== true || (column.facts.generated === '' && isDropped(column))
  );
  const again = new Set(dropped.map(({ id }) => id));
  const added = (now ?? []).filter(({ id }) => oldIds?.has(id) !== true || again.has(id));
  const renamed = dropped.flatMap(column => {
    const to = added.find(one => isRenamed(column, one));
    return to === undefined ? [] : [[column, to] as const];
  });
  const moved = new Set(renamed.flat());
  const sizeOf = ({ of }: Column): RelationSize | undefined => before.sizes.get(of ?? '');
  return [
    ...dropped
      .filter(column => !moved.has(column))
      .map(column => dropOf(column, sizeOf(column), newIds?.has(column.id) === true)),
    ...added.filter(column => !moved.has(column)).map(column => additionOf(column, sizeOf(column), after)),
    ...renamed.flatMap(([from, to]) => [
      renameOf(from, to, sizeOf(from)),
      ...factChanges(from, to, before, after, sizeOf(from))
    ]),
    ...(now ?? []).flatMap(column => {
      const was = oldIds?.get(column.id);
      return was === undefined || again.has(was.id) ? [] : factChanges(was, column, before, after, sizeOf(was));
    })
  ];
}

/** A column keeps its number when it is renamed, and a new one gets a new number. */
function isRenamed(from: Column, to: Column): boolean {
  return from.of === to.of && from.position === to.position && from.facts.type === to.facts.type;
}

function change(
  column: Column,
  action: SchemaChange['action'],
  what: string,
  size: RelationSize | undefined,
  risks: readonly Risk[]
): SchemaChange {
  const statement = `ALTER TABLE ${column.of ?? ''} ${what}`;
  return defined({ kind: 'column' as const, action, id: column.id, statement, size, risks });
}

/** `isAgain`: another column has its name. Migrations that copy the values first do that too. */
function dropOf(column: Column, size: RelationSize | undefined, isAgain: boolean): SchemaChange {
  const { name, of } = column;
  const what = isAgain
    ? `\`${name}\` of \`${of ?? ''}\` is dropped and added again: values that were not copied before are lost`
    : `The values of \`${name}\` in \`${of ?? ''}\` are lost`;
  return change(
    column,
    'drop',
    `DROP COLUMN ${name};`,
    size,
    dataLoss(
      size,
      what,
      isAgain
        ? 'Copy the values first. Where a migration was only taken back in this database, recreate it with `reset: true`.'
        : 'Deploy the code that no longer uses it first, and take a snapshot before the migration runs.'
    )
  );
}

function renameOf(from: Column, to: Column, size: RelationSize | undefined): SchemaChange {
  return change(
    from,
    'change',
    `RENAME COLUMN ${from.name} TO ${to.name};`,
    size,
    warning(
      'breaks-clients',
      `Clients that still say \`${from.name}\` fail from then on.`,
      'Add the new column next to the old one, and drop the old one when no client uses it.'
    )
  );
}

function additionOf(column: Column, size: RelationSize | undefined, after: Schema): SchemaChange {
  const { facts, name, of } = column;
  const table = of ?? '';
  const fillsRows =
    facts.generated === 'STORED' ||
    facts.identity !== '' ||
    (facts.generated === '' && isVolatile(facts.default, after.volatileFunctions));
  const isUnfilled = facts.isRequired && facts.default === null && facts.identity === '';
  return change(column, 'add', `ADD COLUMN ${columnText(column)};`, size, [
    ...(isUnfilled
      ? mayFail(
          size,
          'danger',
          `\`${name}\` is NOT NULL and has no default: adding it fails, since \`${table}\` has rows.`,
          'Add it without NOT NULL, fill it in batches, and set NOT NULL afterwards.'
        )
      : []),
    ...(fillsRows
      ? tableWork(
          'rewrite',
          size,
          `The value of \`${name}\` differs by row, so adding it rewrites \`${table}\` while no client can read it`,
          'Add it without a default, set the default in a second statement, and fill old rows in batches.'
        )
      : [])
  ]);
}

/** Whether an expression calls a function whose value differs by row. */
function isVolatile(expression: string | null, volatileFunctions: ReadonlySet<string>): boolean {
  const called = expression?.match(/[\p{L}_][\p{L}\p{N}_$]*(?="?\()/gu) ?? [];
  return called.some(name => volatileFunctions.has(name));
}

function factChanges(
  was: Column,
  now: Column,
  before: Schema,
  after: Schema,
  size: RelationSize | undefined
): readonly SchemaChange[] {
  const [a, b] = [was.facts, now.facts];
  const { name } = now;
  const alter = (what: string, risks: readonly Risk[] = []): SchemaChange =>
    change(now, 'change', `ALTER COLUMN ${name} ${what}`, size, risks);
  const collate = b.collation === null ? '' : ` COLLATE ${b.collation}`;
  const changes: SchemaChange[] = [];
  if (a.type !== b.type || a.collation !== b.collation) {
    const old = `${a.type}${a.collation === null ? '' : ` COLLATE ${a.collation}`}`;
    changes.push(alter(`TYPE ${b.type}${collate}; -- was ${old}`, typeRisks(was, now, before, size)));
  }
  if (a.generated !== b.generated || (b.generated !== '' && a.default !== b.default)) {
    changes.push(...generatedChanges(was, now, size, alter));
  } else if (a.default !== b.default) {
    const old = a.default === null ? 'without a default' : a.default;
    changes.push(alter(b.default === null ? `DROP DEFAULT; -- was ${old}` : `SET DEFAULT ${b.default}; -- was ${old}`));
  }
  if (a.identity !== b.identity) {
    changes.push(
      alter(
        b.identity === ''
          ? 'DROP IDENTITY;'
          : a.identity === ''
            ? `ADD GENERATED ${b.identity} AS IDENTITY;`
            : `SET GENERATED ${b.identity};`
      )
    );
  }
  if (a.isRequired !== b.isRequired || a.unvalidated !== b.unvalidated) {
    changes.push(
      b.unvalidated !== null
        ? change(now, 'change', `ADD CONSTRAINT ${b.unvalidated} NOT NULL ${name} NOT VALID;`, size, [])
        : !b.isRequired
          ? alter('DROP NOT NULL;')
          : a.unvalidated === null
            ? alter('SET NOT NULL;', notNullRisks(now, before, after, size))
            : change(now, 'change', `VALIDATE CONSTRAINT ${a.unvalidated};`, size, nullFails(now, size))
    );
  }
  return changes;
}

function typeRisks(was: Column, now: Column, before: Schema, size: RelationSize | undefined): readonly Risk[] {
  const table = now.of ?? '';
  if (was.facts.type === now.facts.type) {
    return tableWork(
      'lock',
      size,
      `The indexes of \`${table}\` on this column are rebuilt while no client can read it`
    );
  }
  if (keepsStorage(was.facts.type, now.facts.type, before.binaryCasts)) return [];
  const hint =
    'Add a column of the new type, keep it filled by a trigger, fill old rows in batches, and exchange the two columns.';
  return [
    ...tableWork(
      'rewrite',
      size,
      `The new type rewrites \`${table}\` and its indexes while no client can read it`,
      hint
    ),
    ...mayFail(size, 'warning', `It fails if a value of \`${now.name}\` does not fit \`${now.facts.type}\`.`)
  ];
}

function generatedChanges(
  was: Column,
  now: Column,
  size: RelationSize | undefined,
  alter: (what: string, risks?: readonly Risk[]) => SchemaChange
): readonly SchemaChange[] {
  const table = now.of ?? '';
  const risks = tableWork(
    'rewrite',
    size,
    `The values are computed again: \`${table}\` is rewritten while no client can read it`
  );
  const isStored = now.facts.generated === 'STORED';
  if (now.facts.generated === '' && was.facts.generated === 'STORED') {
    return [alter(`DROP EXPRESSION; -- was ${was.facts.default ?? ''}`)];
  }
  if (was.facts.generated === now.facts.generated) {
    return [alter(`SET EXPRESSION AS (${now.facts.default ?? ''});`, isStored ? risks : [])];
  }
  if (was.facts.generated !== '') {
    const fresh = now.facts.generated === '' ? 'an ordinary column' : now.facts.generated;
    return [alter(`-- becomes ${fresh}, was ${was.facts.generated}: takes a new column`, isStored ? risks : [])];
  }
  return [
    alter(
      `-- becomes GENERATED ALWAYS AS (${now.facts.default ?? ''}) ${now.facts.generated}, which takes a new column`,
      [...dataLoss(size, `The stored values of \`${now.name}\` in \`${table}\` are lost`), ...(isStored ? risks : [])]
    )
  ];
}

function nullFails({ name, of }: Column, size: RelationSize | undefined): readonly Risk[] {
  return mayFail(
    size,
    'danger',
    `SET NOT NULL fails if \`${name}\` of \`${of ?? ''}\` is null in any row.`,
    'Fill the rows without a value first.'
  );
}

/** A validated CHECK that says the same spares PostgreSQL the look at every row. */
function notNullRisks(column: Column, before: Schema, after: Schema, size: RelationSize | undefined): readonly Risk[] {
  const { name, of } = column;
  const table = of ?? '';
  const isChecked = [before, after].some(schema =>
    objectsOf(schema, 'constraint').some(
      ({ of: on, facts }) => on === of && facts.definition === `CHECK ((${name} IS NOT NULL))`
    )
  );
  return [
    ...nullFails(column, size),
    ...(isChecked
      ? []
      : tableWork(
          'lock',
          size,
          `All rows of \`${table}\` are looked at while no client can read it`,
          `Add \`CHECK (${name} IS NOT NULL) NOT VALID\`, validate it, and then set NOT NULL, which needs no look any more.`
        ))
  ];
}
