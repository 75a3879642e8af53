import { parseSync } from '@swc/core';

/** A place where one change gives the source another meaning. Offsets are of characters. */
export interface Site {
  /** What the change does, in two or three words. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /**
   * The place with both meanings in it: `condition` is true where the changed one is wanted. `original` is the text of
   * the place, with other changes of it inside.
   */
  readonly both: (condition: string, original: string, plain: string) => string;
}

interface Node {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [member: string]: unknown;
}

/** Members whose texts say something to a person; no test compares them exactly. */
const PROSE = new Set(['message', 'hint', 'title', 'text', 'what', 'reason', 'doing', 'meaning', 'label', 'note']);

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '*': ['/'],
  '/': ['*'],
  '-': ['+']
};

const OTHER_METHOD = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['min', 'max'],
  ['max', 'min']
]);

/** Members of a node that hold types and places. */
const NO_VALUES = new Set(['span', 'typeAnnotation', 'typeArguments', 'typeParameters', 'returnType']);

const LEFT_OUT = new Set(['filter', 'sort', 'toSorted', 'trim', 'toLowerCase', 'toUpperCase', 'reverse', 'slice']);

/** Every place of a file where one change of meaning can be made, in the order of the text. */
export function sitesOf(source: string): readonly Site[] {
  // An empty statement first: offsets are counted from the first one, wherever comments before it begin.
  const module = parseSync(`;${source}`, { syntax: 'typescript', target: 'es2024' }) as unknown as Node;
  const bytes = Buffer.from(`;${source}`);
  const first = module.span?.start ?? 1;
  const at = (byte: number): number => bytes.subarray(0, byte - first).toString().length - 1;
  const sites: Site[] = [];
  const signs = new Set<Node>();

  const textOf = (node: Node): string => {
    const { start, end } = spanOf(node);
    return source.slice(at(start), at(end));
  };
  const add = (node: Node, kind: string, both: Site['both']): void => {
    const { start, end } = spanOf(node);
    const from = at(start);
    sites.push({ kind, start: from, end: at(end), line: source.slice(0, from).split('\n').length, both });
  };
  const replace = (node: Node, kind: string, changed: string): void =>
    add(node, kind, (condition, original) => `(${condition} ? ${changed} : ${original})`);

  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return;
      case 'BinaryExpression': {
        const operator = String(node['operator']);
        const [left, right] = [textOf(node['left'] as Node), textOf(node['right'] as Node)];
        for (const other of OPERATORS[operator] ?? []) {
          const changed =
            other === '||' || other === '&&' ? `(${left}) ${other} (${right})` : `${left} ${other} ${right}`;
          replace(node, `${operator} to ${other}`, `(${changed})`);
        }
        if (operator === '??') {
          replace(node, 'no fallback', `(${left})`);
          replace(node, 'the fallback', `(${right})`);
        }
        break;
      }
      case 'ConditionalExpression':
      case 'IfStatement': {
        const test = node['test'] as Node;
        if (node.type === 'ConditionalExpression') for (const sign of signsOf(node)) signs.add(sign);
        replace(test, 'always', 'true');
        replace(test, 'never', 'false');
        break;
      }
      case 'UnaryExpression':
        if (node['operator'] === '!') replace(node, 'without !', `!!(${textOf(node['argument'] as Node)})`);
        break;
      case 'BooleanLiteral':
        replace(node, 'the other boolean', String(node['value'] !== true));
        break;
      case 'NumericLiteral':
        if (!signs.has(node)) replace(node, 'another number', String(Number(node['value']) + 1));
        break;
      case 'StringLiteral': {
        const text = String(node['value']);
        if (text !== '' && !/\s/u.test(text) && isValue(parent, key)) replace(node, 'another text', `'mutated'`);
        break;
      }
      case 'SwitchCase': {
        const test = node['test'] as Node | null;
        if (test !== null) replace(test, 'no such case', 'Symbol()');
        break;
      }
      case 'ObjectExpression':
        for (const property of node['properties'] as readonly Node[]) {
          if (property.type === 'SpreadElement') {
            const given = property['arguments'] as Node;
            replace(given, 'no members', '{}');
            continue;
          }
          add(property, 'no member', (condition, original, plain) =>
            property.type === 'Identifier'
              ? `...(${condition} ? {} : { ${plain} })`
              : `...(${condition} ? {} : { ${original} })`
          );
        }
        break;
      case 'ArrayExpression':
        for (const element of node['elements'] as readonly ({ spread: unknown; expression: Node } | null)[]) {
          if (element === null) continue;
          if (element.spread === null) {
            add(element.expression, 'no element', (condition, original) => `...(${condition} ? [] : [${original}])`);
          } else replace(element.expression, 'no elements', '[]');
        }
        break;
      case 'ExpressionStatement': {
        const inner = node['expression'] as Node;
        const awaited = inner.type === 'AwaitExpression' ? (inner['argument'] as Node) : inner;
        const isSuper = (awaited['callee'] as Node | undefined)?.type === 'Super';
        if (
          !isSuper &&
          ['CallExpression', 'AssignmentExpression', 'OptionalChainingExpression'].includes(awaited.type)
        ) {
          add(node, 'no statement', (condition, original) => `{ if (!${condition}) { ${original} } }`);
        }
        break;
      }
      case 'ThrowStatement':
        add(node, 'no throw', (condition, original) => `{ if (!${condition}) { ${original} } }`);
        break;
      case 'CallExpression': {
        const callee = node['callee'] as Node;
        if (callee.type !== 'MemberExpression') break;
        const method = callee['property'] as Node;
        const receiver = callee['object'] as Node;
        const name = String(method['value']);
        if (method.type !== 'Identifier' || textOf(receiver).includes('?.')) break;
        if (LEFT_OUT.has(name)) replace(node, `no ${name}()`, `(${textOf(receiver)})`);
        const other = OTHER_METHOD.get(name);
        if (other !== undefined) {
          const rest = textOf(node).slice(textOf(receiver).length).replace(name, other);
          replace(node, `${name}() to ${other}()`, `(${textOf(receiver)}${rest})`);
        }
        break;
      }
      default:
        if (node.type.startsWith('Ts') && !/^Ts(?:As|Satisfies|NonNull|Const)/u.test(node.type)) return;
    }
    for (const [name, member] of Object.entries(node)) {
      if (NO_VALUES.has(name)) continue;
      // A name is none of the values, unless it is computed.
      if (name === 'key' && (member as Node).type !== 'Computed') continue;
      for (const child of Array.isArray(member) ? member : [member]) visitChild(child, node, name);
    }
  };
  const visitChild = (child: unknown, parent: Node, name: string): void => {
    if (typeof child !== 'object' || child === null) return;
    if ('type' in child && typeof child.type === 'string') return visit(child as Node, parent, name);
    // An argument or an element: an expression and its spread.
    if ('expression' in child) visitChild(child.expression, parent, name);
  };
  for (const statement of module['body'] as readonly Node[]) visit(statement, undefined, 'body');
  return sites.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Whether a text means something to the program: no prose, no path of a module, no case, which is a place itself. */
function isValue(parent: Node | undefined, key: string): boolean {
  if (parent === undefined || parent.type === 'SwitchCase') return false;
  if (parent.type === 'CallExpression' && (parent['callee'] as Node).type === 'Import') return false;
  return (
    parent.type !== 'KeyValueProperty' || (key === 'value' && !PROSE.has(String((parent['key'] as Node)['value'])))
  );
}

/** The numbers of `… ? -1 : 1`, the answer of a comparison: only their signs are looked at. */
function signsOf(node: Node): readonly Node[] {
  const numbers = ['consequent', 'alternate'].map(arm => {
    const given = node[arm] as Node;
    return given.type === 'UnaryExpression' ? (given['argument'] as Node) : given;
  });
  return numbers.every(number => number.type === 'NumericLiteral' && number['value'] === 1) ? numbers : [];
}

function spanOf(node: Node): { readonly start: number; readonly end: number } {
  if (node.type === 'KeyValueProperty' || node.type === 'AssignmentProperty') {
    const [key, value] = [node['key'] as Node, node['value'] as Node];
    return { start: spanOf(key).start, end: spanOf(value).end };
  }
  if (node.span === undefined) throw new Error(`A node of the type ${node.type} has no place`);
  return node.span;
}
