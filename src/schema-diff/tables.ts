import { defined } from '../engine/defined.ts';
import { columnText } from './columns.ts';
import type { Risk, SchemaChange } from './change.ts';
import { optionChanges } from './options.ts';
import { danger, dataLoss, mayFail, tableWork, warning } from './risks.ts';
import { objectsOf, type RelationSize, type Schema, type SchemaObject } from './schema.ts';

type Table = SchemaObject<'table'>;
type Constraint = SchemaObject<'constraint'>;
type Index = SchemaObject<'index'>;

/** A new table with its columns and constraints, as one statement. */
export function tableAddition(table: Table, after: Schema): SchemaChange {
  const { id, facts } = table;
  const parts = [
    ...objectsOf(after, 'column')
      .filter(({ of }) => of === id)
      .sort((a, b) => a.position - b.position)
      .map(columnText),
    ...objectsOf(after, 'constraint')
      .filter(({ of }) => of === id)
      .map(({ name, facts: { definition } }) => `CONSTRAINT ${name} ${definition}`)
  ];
  const form = facts.form === 'foreign table' ? 'FOREIGN TABLE' : facts.isUnlogged ? 'UNLOGGED TABLE' : 'TABLE';
  const body =
    facts.partitionOf === null
      ? ` (\n${parts.map(part => `  ${part}`).join(',\n')}\n)`
      : ` PARTITION OF ${facts.partitionOf} ${facts.bound ?? ''}`;
  const rest = [
    ...(facts.inherits.length === 0 ? [] : [`INHERITS (${facts.inherits.join(', ')})`]),
    ...(facts.partitionKey === null ? [] : [facts.partitionKey]),
    ...(facts.options.length === 0 ? [] : [`WITH (${facts.options.join(', ')})`])
  ];
  const security = [...(facts.hasRowSecurity ? ['ENABLE'] : []), ...(facts.forcesRowSecurity ? ['FORCE'] : [])].map(
    verb => `\nALTER TABLE ${id} ${verb} ROW LEVEL SECURITY;`
  );
  const statement = `CREATE ${form} ${id}${[body, ...rest].join(' ')};${security.join('')}`;
  return { kind: 'table', action: 'add', id, statement, risks: [] };
}

export function tableDrop({ id, facts }: Table, size: RelationSize | undefined): SchemaChange {
  const hint = 'Rename it first and drop it when nothing has missed it; take a snapshot before.';
  return defined({
    kind: 'table' as const,
    action: 'drop' as const,
    id,
    statement: `DROP ${facts.form === 'foreign table' ? 'FOREIGN TABLE' : 'TABLE'} ${id};`,
    size,
    risks:
      facts.form === 'foreign table'
        ? warning('breaks-clients', `Clients that read \`${id}\` fail from then on.`)
        : dataLoss(size, `All rows of \`${id}\` are lost`, hint)
  });
}

/** A table that stands in both schemas, without its columns and what else has a name of its own. */
export function tableChanges(was: Table, now: Table, size: RelationSize | undefined): readonly SchemaChange[] {
  const [a, b] = [was.facts, now.facts];
  const { id } = now;
  const changes: SchemaChange[] = [];
  const alter = (what: string, risks: readonly Risk[] = []): void => {
    const statement = `ALTER TABLE ${id} ${what}`;
    changes.push(defined({ kind: 'table' as const, action: 'change' as const, id, statement, size, risks }));
  };
  if (a.form !== b.form || a.partitionKey !== b.partitionKey) {
    const [old, fresh] = [a, b].map(({ form, partitionKey }) => partitionKey ?? form);
    alter(
      `-- becomes ${fresh ?? ''}, was ${old ?? ''}: takes a new table`,
      dataLoss(size, `\`${id}\` is created again: its rows have to be copied`)
    );
  }
  if (a.isUnlogged !== b.isUnlogged) {
    alter(`SET ${b.isUnlogged ? 'UNLOGGED' : 'LOGGED'};`, [
      ...tableWork('rewrite', size, `\`${id}\` is rewritten while no client can read it`),
      ...(b.isUnlogged ? danger('data-loss', `After a crash or a failover \`${id}\` is empty.`) : [])
    ]);
  }
  if (a.partitionOf !== b.partitionOf || a.bound !== b.bound) {
    if (a.partitionOf !== null)
      alter(`-- is no longer a partition: ALTER TABLE ${a.partitionOf} DETACH PARTITION ${id};`);
    if (b.partitionOf !== null) {
      alter(
        `-- becomes a partition: ALTER TABLE ${b.partitionOf} ATTACH PARTITION ${id} ${b.bound ?? ''};`,
        tableWork('lock', size, `All rows of \`${id}\` are looked at, unless a CHECK says that they fit`)
      );
    }
  }
  for (const parent of b.inherits.filter(one => !a.inherits.includes(one))) alter(`INHERIT ${parent};`);
  for (const parent of a.inherits.filter(one => !b.inherits.includes(one))) alter(`NO INHERIT ${parent};`);
  if (a.hasRowSecurity !== b.hasRowSecurity) {
    alter(
      `${b.hasRowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY;`,
      b.hasRowSecurity
        ? warning('breaks-clients', `Without a policy that fits, clients see no row of \`${id}\` any more.`)
        : danger(
            'exposure',
            `Policies no longer guard the rows of \`${id}\`: who may read the table reads all of them.`
          )
    );
  }
  if (a.forcesRowSecurity !== b.forcesRowSecurity) {
    alter(`${b.forcesRowSecurity ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY;`);
  }
  for (const what of optionChanges(a.options, b.options)) alter(what);
  return changes;
}

/** Whether all rows of a table lie in its partitions. */
function isPartitioned(id: string | null, schema: Schema): boolean {
  return objectsOf(schema, 'table').some(table => table.id === id && table.facts.form === 'partitioned table');
}

export function constraintAddition(constraint: Constraint, before: Schema): SchemaChange {
  const { id, name, of, facts } = constraint;
  const size = before.sizes.get(of ?? '');
  return defined({
    kind: 'constraint' as const,
    action: 'add' as const,
    id,
    statement: `ALTER TABLE ${of ?? ''} ADD CONSTRAINT ${name} ${facts.definition};`,
    size,
    risks: constraintRisks(constraint, size, before)
  });
}

function constraintRisks(
  { name, of, facts }: Constraint,
  size: RelationSize | undefined,
  before: Schema
): readonly Risk[] {
  const table = of ?? '';
  const fails = mayFail(size, 'warning', `\`${name}\` fails if a row of \`${table}\` does not fit it.`);
  if (/ NOT (VALID|ENFORCED)$/.test(facts.definition)) return [];
  // PostgreSQL takes these ways for partitions only.
  const isSplit = isPartitioned(of, before);
  const inTwo = `Add it with NOT VALID, and run \`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}\` in a transaction of its own.`;
  switch (facts.form) {
    case 'c':
      return [
        ...fails,
        ...tableWork('lock', size, `All rows of \`${table}\` are looked at while no client can read it`, inTwo)
      ];
    case 'f': {
      const other = before.sizes.get(facts.refersTo ?? '');
      const bigger = (other?.bytes ?? 0) > (size?.bytes ?? 0) ? other : size;
      const what = `All rows of \`${table}\` are looked at while no client can write to it or to \`${facts.refersTo ?? ''}\``;
      return [
        ...fails,
        ...(size?.bytes === 0
          ? []
          : tableWork('lock', size === undefined ? undefined : bigger, what, isSplit ? undefined : inTwo))
      ];
    }
    case 'p':
    case 'u':
      return [
        ...fails,
        ...tableWork(
          'lock',
          size,
          `The index of \`${name}\` is built while no client can read \`${table}\``,
          isSplit
            ? undefined
            : 'Run `CREATE UNIQUE INDEX CONCURRENTLY` first, and add the constraint with `USING INDEX`.'
        )
      ];
    case 'x':
      return [
        ...fails,
        ...tableWork('lock', size, `The index of \`${name}\` is built while no client can read \`${table}\``)
      ];
  }
}

export function constraintDrop({ id, name, of, facts }: Constraint, size: RelationSize | undefined): SchemaChange {
  const words = { c: 'CHECK', f: 'foreign key', p: 'primary key', u: 'UNIQUE constraint', x: 'exclusion constraint' };
  return defined({
    kind: 'constraint' as const,
    action: 'drop' as const,
    id,
    statement: `ALTER TABLE ${of ?? ''} DROP CONSTRAINT ${name}; -- ${facts.definition}`,
    size,
    risks: warning(
      'breaks-clients',
      `Rows that the ${words[facts.form]} \`${name}\` kept out of \`${of ?? ''}\` can be written.`
    )
  });
}

export function constraintChanges(was: Constraint, now: Constraint, before: Schema): readonly SchemaChange[] {
  const { id, name, of, facts } = now;
  const size = before.sizes.get(of ?? '');
  if (was.facts.definition === `${facts.definition} NOT VALID`) {
    const statement = `ALTER TABLE ${of ?? ''} VALIDATE CONSTRAINT ${name};`;
    const risks = mayFail(size, 'warning', `\`${name}\` fails if a row of \`${of ?? ''}\` does not fit it.`);
    return [defined({ kind: 'constraint' as const, action: 'change' as const, id, statement, size, risks })];
  }
  const isLeft = facts.definition.endsWith(' NOT ENFORCED') && !was.facts.definition.endsWith(' NOT ENFORCED');
  const addition = {
    ...constraintAddition(now, before),
    ...(isLeft ? { risks: constraintDrop(was, size).risks } : {})
  };
  const statement = `ALTER TABLE ${of ?? ''} DROP CONSTRAINT ${name}; -- ${was.facts.definition}\n${addition.statement}`;
  return [{ ...addition, action: 'change', statement }];
}

export function indexAddition(index: Index, before: Schema): SchemaChange {
  const { id, name, of, facts } = index;
  const size = before.sizes.get(of ?? '');
  return defined({
    kind: 'index' as const,
    action: 'add' as const,
    id,
    statement: `${facts.definition};`,
    size,
    risks: [
      ...(facts.isUnique
        ? mayFail(size, 'warning', `\`${name}\` fails if rows of \`${of ?? ''}\` have the same key.`)
        : []),
      ...tableWork(
        'lock',
        size,
        `Unless it is built CONCURRENTLY, no client can write to \`${of ?? ''}\` until \`${name}\` is done`,
        isPartitioned(of, before)
          ? `Create it with \`ON ONLY ${of ?? ''}\`, then with \`CREATE INDEX CONCURRENTLY\` on each partition, and run \`ALTER INDEX ${id} ATTACH PARTITION\` for each of those.`
          : 'Run `CREATE INDEX CONCURRENTLY` outside of a transaction.'
      ),
      ...invalid(index)
    ]
  });
}

function invalid({ name, of, facts }: Index): readonly Risk[] {
  if (facts.isValid) return [];
  return warning(
    'slower',
    `\`${name}\` is not valid, since it was not built to its end: no query of \`${of ?? ''}\` uses it.`,
    'Drop it, and build it again.'
  );
}

export function indexDrop({ id, name, of, facts }: Index, size: RelationSize | undefined): SchemaChange {
  return defined({
    kind: 'index' as const,
    action: 'drop' as const,
    id,
    statement: `DROP INDEX ${id}; -- ${facts.definition}`,
    size,
    risks: facts.isUnique
      ? warning('breaks-clients', `Rows with the same key can be written to \`${of ?? ''}\` without \`${name}\`.`)
      : warning('slower', `Queries that used \`${name}\` read more of \`${of ?? ''}\`.`)
  });
}

export function indexChange(was: Index, now: Index, before: Schema): SchemaChange {
  const addition = indexAddition(now, before);
  if (was.facts.definition === now.facts.definition) {
    const what = now.facts.isValid ? `REINDEX INDEX ${now.id}; -- was not valid` : `-- ${now.id} is not valid any more`;
    return { ...addition, action: 'change', statement: what, risks: invalid(now) };
  }
  const statement = `DROP INDEX ${was.id}; -- ${was.facts.definition}\n${addition.statement}`;
  return { ...addition, action: 'change', statement };
}
