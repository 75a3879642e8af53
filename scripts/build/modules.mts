import { parse, type BlockStatement, type Span } from '@swc/core';

/**
 * Puts parentheses around the function of each module of a bundle. V8 takes them as the sign of a function that is
 * called at once: it compiles it in its first pass over the text, where it would otherwise skim it and come back when
 * the module is asked for, as nearly every one of them is at the start. Arrow functions have no such sign, so they
 * become plain ones where they use nothing that a plain one has of its own. https://v8.dev/blog/preparser#pife
 */
export async function compileModulesAtOnce(source: string): Promise<string> {
  const script = await parse(source, { syntax: 'ecmascript', target: 'es2024', isModule: false });
  // Positions are in bytes, and go on counting from one text to the next.
  const bytes = Buffer.from(source);
  const text = (from: number, to: number): string =>
    bytes.subarray(from - script.span.start, to - script.span.start).toString();
  const pieces: string[] = [];
  let done = script.span.start;
  for (const module of moduleFunctions(script)) {
    const { start, end } = module.span;
    pieces.push(text(done, start), '(', asPlainFunction(module, text(start, end), text), ')');
    done = end;
  }
  return [...pieces, text(done, script.span.start + bytes.length)].join('');
}

interface ModuleFunction {
  readonly type: 'ArrowFunctionExpression' | 'FunctionExpression';
  readonly span: Span;
  readonly body: BlockStatement;
}

function asPlainFunction(module: ModuleFunction, whole: string, text: (from: number, to: number) => string): string {
  if (module.type === 'FunctionExpression') return whole;
  const { start } = module.body.span;
  const parameters = text(module.span.start, start).replace(/\s*=>\s*$/, '');
  return `function${parameters.startsWith('(') ? parameters : `(${parameters})`}${text(start, module.span.end)}`;
}

/** The values of the maps from a number to a module's function, in the order of the text. */
function moduleFunctions(node: unknown): readonly ModuleFunction[] {
  if (Array.isArray(node)) return node.flatMap(moduleFunctions);
  if (typeof node !== 'object' || node === null) return [];
  if (isModule(node)) return [node.value];
  return Object.values(node).flatMap(moduleFunctions);
}

function isModule(node: object): node is { readonly value: ModuleFunction } {
  const { type, key, value } = node as {
    readonly type?: unknown;
    readonly key?: { readonly type: string };
    readonly value?: ModuleFunction;
  };
  if (type !== 'KeyValueProperty' || key?.type !== 'NumericLiteral') return false;
  if (value?.type === 'FunctionExpression') return true;
  return value?.type === 'ArrowFunctionExpression' && 'stmts' in value.body && !borrows(value.body);
}

/** What has a `this` of its own. */
const SCOPES: readonly unknown[] = [
  'FunctionExpression',
  'FunctionDeclaration',
  'ClassExpression',
  'ClassDeclaration',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty'
];

/** Whether the body of an arrow function uses the `this`, `arguments` or `new.target` around it. */
function borrows(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(borrows);
  if (typeof node !== 'object' || node === null) return false;
  const { type, value } = node as { readonly type?: unknown; readonly value?: unknown };
  if (SCOPES.includes(type)) return false;
  if (type === 'ThisExpression' || type === 'MetaProperty') return true;
  if (type === 'Identifier' && value === 'arguments') return true;
  return Object.values(node).some(borrows);
}
