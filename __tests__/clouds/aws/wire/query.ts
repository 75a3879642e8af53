import { AwsFault } from '../fault.ts';
import type { Member, Shape, Structure } from './schema.ts';

interface Tree {
  value?: string;
  readonly children: Map<string, Tree>;
}

export type QueryDialect = 'query' | 'ec2';

/**
 * Reads the body of a Query request. Unlike the real service it refuses members that the action does not have: they
 * would be lost silently.
 */
export function readQuery(form: URLSearchParams, input: Shape, dialect: QueryDialect): Record<string, unknown> {
  const root: Tree = { children: new Map() };
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue;
    let node = root;
    for (const token of key.split('.')) {
      let next = node.children.get(token);
      if (next === undefined) {
        next = { children: new Map() };
        node.children.set(token, next);
      }
      node = next;
    }
    node.value = value;
  }
  if (input.kind === 'structure') return structure(root, input, dialect, '');
  if (root.children.size > 0) throw unknownMember([...root.children.keys()].join(', '));
  return {};
}

function structure(tree: Tree, shape: Structure, dialect: QueryDialect, path: string): Record<string, unknown> {
  const byKey = new Map([...shape.members].map(([name, member]) => [keyOf(name, member, dialect), { name, member }]));
  const result: Record<string, unknown> = {};
  for (const [key, child] of tree.children) {
    const hit = byKey.get(key);
    if (hit === undefined) throw unknownMember(`${path}${key}`);
    result[hit.name] = read(child, hit.member, dialect, `${path}${key}.`);
  }
  for (const name of shape.required) {
    if (result[name] === undefined) throw missing(`${path}${name}`);
  }
  return result;
}

function keyOf(name: string, member: Member, dialect: QueryDialect): string {
  const { traits } = member;
  if (dialect === 'query') return traits.xmlName ?? name;
  const plain = traits.xmlName ?? name;
  return traits.ec2QueryName ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

function read(tree: Tree, member: Member, dialect: QueryDialect, path: string): unknown {
  const shape = member.shape();
  switch (shape.kind) {
    case 'structure':
      return structure(tree, shape, dialect, path);
    case 'list': {
      const flat = dialect === 'ec2' || member.traits.xmlFlattened !== undefined;
      const items = flat ? tree : tree.children.get(shape.member.traits.xmlName ?? 'member');
      return items === undefined ? [] : numbered(items).map(item => read(item, shape.member, dialect, path));
    }
    case 'map': {
      const entries = tree.children.get('entry') ?? tree;
      return Object.fromEntries(
        numbered(entries).map(entry => [
          entry.children.get('key')?.value ?? '',
          entry.children.get('value')?.value ?? ''
        ])
      );
    }
    case 'unit':
      return undefined;
    case 'string':
    case 'number':
    case 'boolean':
    case 'timestamp':
    case 'blob':
      return scalar(tree.value ?? '', shape.kind, path);
  }
}

function scalar(text: string, kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob', path: string): unknown {
  if (kind === 'number') {
    if (text === '' || Number.isNaN(Number(text))) throw malformed(path, text);
    return Number(text);
  }
  if (kind === 'boolean') {
    if (text !== 'true' && text !== 'false') throw malformed(path, text);
    return text === 'true';
  }
  if (kind === 'timestamp') {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) throw malformed(path, text);
    return time;
  }
  return text;
}

function numbered(tree: Tree): readonly Tree[] {
  return [...tree.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

const unknownMember = (path: string): AwsFault =>
  new AwsFault('UnknownParameter', `The parameter ${path} is not recognized`);
const missing = (path: string): AwsFault =>
  new AwsFault('MissingParameter', `The request must contain the parameter ${path}`);
const malformed = (path: string, text: string): AwsFault =>
  new AwsFault('MalformedInput', `Invalid value for ${path.slice(0, -1)}: ${text}`);
