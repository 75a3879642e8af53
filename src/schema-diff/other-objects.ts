import { defined } from '../engine/defined.ts';
import { quoteLiteral } from '../postgres/identifier.ts';
import type { Risk, SchemaChange } from './change.ts';
import { lineDiff } from './line-diff.ts';
import { optionChanges } from './options.ts';
import { danger, dataLoss, warning } from './risks.ts';
import type { ObjectKind, RelationSize, SchemaObject } from './schema.ts';

/** How objects of one kind are added, dropped and changed, where the table that they are a part of has no say. */
export interface Rules<K extends ObjectKind> {
  readonly add: (object: SchemaObject<K>) => Told;
  readonly drop: (object: SchemaObject<K>, size: RelationSize | undefined) => Told;
  readonly change: (was: SchemaObject<K>, now: SchemaObject<K>, size: RelationSize | undefined) => readonly Told[];
}

type Told = Pick<SchemaChange, 'statement' | 'lines'> & { readonly risks?: readonly Risk[] };

const clientsOf = (what: string): readonly Risk[] =>
  warning('breaks-clients', `Clients that use ${what} fail from then on.`);

const FORMS: Readonly<Record<string, string>> = { enum: 'TYPE', domain: 'DOMAIN' };

function typeText({ id, facts: { form, labels, definition } }: SchemaObject<'type'>): string {
  if (form === 'enum') return `CREATE TYPE ${id} AS ENUM (${labels.map(quoteLiteral).join(', ')});`;
  if (form === 'domain') return `CREATE DOMAIN ${id} AS ${definition};`;
  return `CREATE TYPE ${id} AS ${form === 'range' ? `RANGE (SUBTYPE = ${definition})` : `(${definition})`};`;
}

function enumChanges(was: SchemaObject<'type'>, { id, facts: { labels } }: SchemaObject<'type'>): readonly Told[] {
  const old = was.facts.labels;
  const renamed = old.flatMap((label, at) => {
    const now = labels[at] ?? '';
    return label === now ? [] : [{ label, now, isNew: !old.includes(now) && !labels.includes(label) }];
  });
  if (old.length === labels.length && renamed.every(({ isNew }) => isNew)) {
    return renamed.map(({ label, now }) => ({
      statement: `ALTER TYPE ${id} RENAME VALUE ${quoteLiteral(label)} TO ${quoteLiteral(now)};`,
      risks: clientsOf(`the value ${quoteLiteral(label)} of \`${id}\``)
    }));
  }
  const gone = old.filter(label => !labels.includes(label));
  const isReordered =
    labels.filter(label => old.includes(label)).join('\n') !== old.filter(label => labels.includes(label)).join('\n');
  const added = labels.flatMap((label, at) => {
    if (old.includes(label)) return [];
    const previous = labels[at - 1];
    const next = labels.slice(at).find(one => old.includes(one));
    const place =
      previous !== undefined
        ? ` AFTER ${quoteLiteral(previous)}`
        : next === undefined
          ? ''
          : ` BEFORE ${quoteLiteral(next)}`;
    return [{ statement: `ALTER TYPE ${id} ADD VALUE ${quoteLiteral(label)}${place};` }];
  });
  if (gone.length === 0 && !isReordered) return added;
  return [
    ...added,
    {
      statement: `-- ${id} ${gone.length === 0 ? 'has another order' : `loses ${gone.map(quoteLiteral).join(', ')}`}: was ENUM (${old.map(quoteLiteral).join(', ')})`,
      risks: danger(
        'rewrite',
        `PostgreSQL can't take values out of an enum: \`${id}\` is created again, and each table with a column of it is rewritten.`,
        'Keep the value, and forbid it by a CHECK.'
      )
    }
  ];
}

/** `SELECT`, `SELECT (note)` and `SELECT WITH GRANT OPTION` as statements. */
function grantText(
  { facts: { on, to } }: SchemaObject<'grant'>,
  verb: 'GRANT' | 'REVOKE',
  privileges: readonly string[]
): Told {
  const option = ' WITH GRANT OPTION';
  const statements = privileges.map(privilege => {
    const plain = privilege.replace(option, '');
    return verb === 'GRANT'
      ? `GRANT ${plain} ON ${on} TO ${to}${privilege === plain ? '' : option};`
      : `REVOKE ${plain} ON ${on} FROM ${to};`;
  });
  const risks =
    verb === 'REVOKE'
      ? warning('breaks-clients', `\`${to}\` may do less with \`${on}\`.`)
      : to === 'PUBLIC'
        ? danger('exposure', `Every role of the server may do this with \`${on}\`.`)
        : [];
  return { statement: statements.join('\n'), risks };
}

const viewWord = ({ facts }: SchemaObject<'view'>): string => (facts.isMaterialized ? 'MATERIALIZED VIEW' : 'VIEW');

const withOptions = ({ facts: { options } }: SchemaObject<'view'>): string =>
  options.length === 0 ? '' : ` WITH (${options.join(', ')})`;

/** What keeps rows from those who ask a view. */
function guardLoss(was: SchemaObject<'view'>, now: SchemaObject<'view'>): readonly Risk[] {
  const isOn = ({ facts }: SchemaObject<'view'>, name: string): boolean =>
    facts.options.some(option => option === `${name}=true` || option === `${name}=on` || option === `${name}=1`);
  return isOn(was, 'security_invoker') && !isOn(now, 'security_invoker')
    ? danger('exposure', `\`${now.id}\` shows what its owner may read, no longer what the one who asks may read.`)
    : [];
}

const replaced = <K extends 'trigger' | 'policy'>(
  kind: K,
  was: SchemaObject<K>,
  statement: string,
  risks: readonly Risk[] = []
): Told => ({ statement: `DROP ${kind.toUpperCase()} ${was.name} ON ${was.of ?? ''};\n${statement}`, risks });

const policyText = ({ name, of, facts }: SchemaObject<'policy'>): string =>
  `CREATE POLICY ${name} ON ${of ?? ''} ${facts.definition};`;

/** Kinds whose statements do not depend on the table that they are a part of. */
export const RULES: { readonly [K in Exclude<ObjectKind, 'table' | 'column' | 'constraint' | 'index'>]: Rules<K> } = {
  schema: {
    add: ({ id }) => ({ statement: `CREATE SCHEMA ${id};` }),
    drop: ({ id }) => ({ statement: `DROP SCHEMA ${id};`, risks: clientsOf(`the schema \`${id}\``) }),
    change: () => []
  },
  extension: {
    add: ({ id, facts }) => ({ statement: `CREATE EXTENSION ${id} SCHEMA ${facts.schema}; -- ${facts.version}` }),
    drop: ({ id }) => ({ statement: `DROP EXTENSION ${id};`, risks: clientsOf(`the extension \`${id}\``) }),
    change: (was, { id, facts }) => [
      ...(was.facts.version === facts.version
        ? []
        : [
            { statement: `ALTER EXTENSION ${id} UPDATE TO ${quoteLiteral(facts.version)}; -- was ${was.facts.version}` }
          ]),
      ...(was.facts.schema === facts.schema ? [] : [{ statement: `ALTER EXTENSION ${id} SET SCHEMA ${facts.schema};` }])
    ]
  },
  type: {
    add: type => ({ statement: typeText(type) }),
    drop: ({ id, facts }) => ({
      statement: `DROP ${FORMS[facts.form] ?? 'TYPE'} ${id};`,
      risks: clientsOf(`the type \`${id}\``)
    }),
    change: (was, now) =>
      now.facts.form === 'enum' && was.facts.form === 'enum'
        ? enumChanges(was, now)
        : [
            {
              statement: `-- ${typeText(was)}\n${typeText(now)}`,
              risks: warning('may-fail', `Values that are stored may not fit the new \`${now.id}\`.`)
            }
          ]
  },
  sequence: {
    add: ({ id, facts }) => ({ statement: `CREATE SEQUENCE ${id} ${facts.definition};` }),
    drop: ({ id }) => ({
      statement: `DROP SEQUENCE ${id};`,
      risks: dataLoss(undefined, `The last number of \`${id}\` is lost`)
    }),
    change: (was, { id, facts }) => [
      { statement: `ALTER SEQUENCE ${id} ${facts.definition};\n-- was ${was.facts.definition}` }
    ]
  },
  view: {
    add: view => ({
      statement: `CREATE ${viewWord(view)} ${view.id}${withOptions(view)} AS\n${view.facts.definition}`
    }),
    drop: view => ({ statement: `DROP ${viewWord(view)} ${view.id};`, risks: clientsOf(`the view \`${view.id}\``) }),
    change: (was, now, size) => {
      const isSame =
        was.facts.definition === now.facts.definition && was.facts.isMaterialized === now.facts.isMaterialized;
      const options = optionChanges(was.facts.options, now.facts.options).map(what => ({
        statement: `ALTER ${viewWord(now)} ${now.id} ${what} -- was (${was.facts.options.join(', ')})`,
        risks: guardLoss(was, now)
      }));
      if (isSame) return options;
      const lines = lineDiff(was.facts.definition, now.facts.definition);
      const [old, fresh] = [was.facts.columns, now.facts.columns];
      // Columns can be added to a view at its end only.
      if (!now.facts.isMaterialized && !was.facts.isMaterialized && old.every((column, at) => column === fresh[at])) {
        return [{ statement: `CREATE OR REPLACE VIEW ${now.id} AS`, lines }, ...options];
      }
      const statement = `DROP ${viewWord(was)} ${was.id};\nCREATE ${viewWord(now)} ${now.id}${withOptions(now)} AS`;
      const gone = old.filter(column => !fresh.includes(column));
      const risks = [
        ...(size === undefined ? [] : warning('lock', `\`${now.id}\` is computed again.`)),
        ...(gone.length === 0
          ? []
          : warning(
              'breaks-clients',
              `Clients of \`${now.id}\` no longer find ${gone.map(column => `\`${column}\``).join(', ')}.`
            )),
        ...guardLoss(was, now)
      ];
      return [{ statement, lines, risks }];
    }
  },
  function: {
    add: ({ facts, id }) => ({
      statement:
        facts.form === 'aggregate' ? `CREATE AGGREGATE ${id} (${facts.definition});` : `${facts.definition.trimEnd()};`
    }),
    drop: ({ id, facts }) => ({
      statement: `DROP ${facts.form.toUpperCase()} ${id};`,
      risks: clientsOf(`the ${facts.form} \`${id}\``)
    }),
    change: (was, now) => [
      {
        statement:
          was.facts.result === now.facts.result && was.facts.form === now.facts.form
            ? `CREATE OR REPLACE ${now.facts.form.toUpperCase()} ${now.id}`
            : `DROP ${was.facts.form.toUpperCase()} ${was.id};\nCREATE ${now.facts.form.toUpperCase()} ${now.id}`,
        lines: lineDiff(was.facts.definition, now.facts.definition),
        risks: was.facts.result === now.facts.result ? [] : clientsOf(`the result of \`${now.id}\``)
      }
    ]
  },
  trigger: {
    add: ({ name, of, facts: { definition, enabled } }) => ({
      statement: `${definition};${enabled === 'ENABLE' ? '' : `\nALTER TABLE ${of ?? ''} ${enabled} TRIGGER ${name};`}`
    }),
    drop: ({ name, of }) => ({
      statement: `DROP TRIGGER ${name} ON ${of ?? ''};`,
      risks: warning('breaks-clients', `What \`${name}\` did with each write to \`${of ?? ''}\` is no longer done.`)
    }),
    change: (was, now) => [
      ...(was.facts.definition === now.facts.definition ? [] : [replaced('trigger', was, `${now.facts.definition};`)]),
      ...(was.facts.enabled === now.facts.enabled
        ? []
        : [
            {
              statement: `ALTER TABLE ${now.of ?? ''} ${now.facts.enabled} TRIGGER ${now.name}; -- was ${was.facts.enabled}`
            }
          ])
    ]
  },
  policy: {
    add: policy => ({ statement: policyText(policy) }),
    drop: ({ name, of }) => ({
      statement: `DROP POLICY ${name} ON ${of ?? ''};`,
      risks: warning('exposure', `Who sees which rows of \`${of ?? ''}\` changes.`)
    }),
    change: (was, now) => [
      replaced(
        'policy',
        was,
        policyText(now),
        warning('exposure', `Who sees which rows of \`${now.of ?? ''}\` changes.`)
      )
    ]
  },
  grant: {
    add: grant => grantText(grant, 'GRANT', grant.facts.privileges),
    drop: grant => grantText(grant, 'REVOKE', grant.facts.privileges),
    change: (was, now) => {
      const added = now.facts.privileges.filter(one => !was.facts.privileges.includes(one));
      const gone = was.facts.privileges.filter(one => !now.facts.privileges.includes(one));
      return [
        ...(gone.length === 0 ? [] : [grantText(now, 'REVOKE', gone)]),
        ...(added.length === 0 ? [] : [grantText(now, 'GRANT', added)])
      ];
    }
  }
};

/** What a rule tells as a change. */
export function changeOf(
  object: SchemaObject,
  action: SchemaChange['action'],
  { statement, lines, risks = [] }: Told,
  size?: RelationSize
): SchemaChange {
  return defined({ kind: object.kind, action, id: object.id, statement, lines, size, risks });
}
