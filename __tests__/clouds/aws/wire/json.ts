import { AwsFault } from '../fault.ts';
import type { Shape } from './schema.ts';

/** Reads the body of an AWS JSON request, with its moments as `Date`. Refuses members that the action does not have. */
export function readJson(body: string, input: Shape): Record<string, unknown> {
  let data: unknown;
  try {
    data = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new AwsFault('SerializationException', 'The request is no JSON');
  }
  return convert(data, input, '', fromWire) as Record<string, unknown>;
}

/**
 * The answer, moments as seconds since 1970. A member that the model does not have is a mistake in the fake: it throws.
 */
export function writeJson(answer: Readonly<Record<string, unknown>>, output: Shape): string {
  return output.kind === 'unit' ? '{}' : JSON.stringify(convert(answer, output, '', toWire));
}

type Convert = (value: unknown, kind: Shape['kind'], path: string) => unknown;

const fromWire: Convert = (value, kind, path) => {
  if (kind === 'timestamp') return new Date(Number(value) * 1000);
  const right = kind === 'blob' || typeof value === kind;
  if (!right) throw new AwsFault('SerializationException', `${path} is no ${kind}`);
  return value;
};

const toWire: Convert = (value, kind, path) => {
  if (value instanceof Date) return value.getTime() / 1000;
  if (kind !== 'blob' && typeof value !== kind) throw new Error(`${path} is no ${kind}: ${String(value)}`);
  return value;
};

function convert(value: unknown, shape: Shape, path: string, scalar: Convert): unknown {
  switch (shape.kind) {
    case 'structure': {
      const result: Record<string, unknown> = {};
      for (const [name, one] of Object.entries(value as Readonly<Record<string, unknown>>)) {
        if (one === undefined || one === null) continue;
        const member = shape.members.get(name);
        if (member === undefined) throw new AwsFault('SerializationException', `${shape.name} has no member ${name}`);
        result[name] = convert(one, member.shape(), `${path}.${name}`, scalar);
      }
      if (scalar === fromWire) {
        const absent = shape.required.filter(name => result[name] === undefined);
        if (absent.length > 0) throw new AwsFault('ValidationException', `${path}: ${absent.join(', ')} must be given`);
      }
      return result;
    }
    case 'list':
      return (value as readonly unknown[]).map(one => convert(one, shape.member.shape(), path, scalar));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Readonly<Record<string, unknown>>).map(([key, one]) => [
          key,
          convert(one, shape.value.shape(), `${path}.${key}`, scalar)
        ])
      );
    case 'string':
    case 'number':
    case 'boolean':
    case 'timestamp':
    case 'blob':
    case 'unit':
      return scalar(value, shape.kind, path);
  }
}
