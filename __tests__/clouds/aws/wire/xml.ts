import type { Member, Shape, Structure } from './schema.ts';
import type { QueryDialect } from './query.ts';

/**
 * The answer of a Query action as the service writes it. A member that the model does not have is a mistake in the
 * fake: it throws.
 */
export function writeAnswer(
  action: string,
  output: Shape,
  answer: Readonly<Record<string, unknown>>,
  dialect: QueryDialect,
  requestId: string
): string {
  const content = output.kind === 'structure' ? members(answer, output, action) : '';
  if (dialect === 'ec2') {
    const done = output.kind === 'unit' ? '<return>true</return>' : '';
    return `<${action}Response><requestId>${requestId}</requestId>${done}${content}</${action}Response>`;
  }
  const result = output.kind === 'structure' ? `<${action}Result>${content}</${action}Result>` : '';
  return `<${action}Response>${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

export function writeFault(
  code: string,
  message: string,
  status: number,
  dialect: QueryDialect,
  requestId: string
): string {
  const error = `<Code>${escape(code)}</Code><Message>${escape(message)}</Message>`;
  if (dialect === 'ec2') {
    return `<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  }
  const type = status >= 500 ? 'Receiver' : 'Sender';
  return `<ErrorResponse><Error><Type>${type}</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function members(data: Readonly<Record<string, unknown>>, shape: Structure, path: string): string {
  let text = '';
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined) continue;
    const member = shape.members.get(name);
    if (member === undefined) throw new Error(`${shape.name} has no member ${name} (at ${path})`);
    text += element(member.traits.xmlName ?? name, value, member, `${path}.${name}`);
  }
  return text;
}

function element(tag: string, value: unknown, member: Member, path: string): string {
  const shape = member.shape();
  switch (shape.kind) {
    case 'structure':
      return `<${tag}>${members(value as Readonly<Record<string, unknown>>, shape, path)}</${tag}>`;
    case 'list': {
      const flat = member.traits.xmlFlattened !== undefined;
      const item = flat ? tag : (shape.member.traits.xmlName ?? 'member');
      const items = (value as readonly unknown[]).map(one => element(item, one, shape.member, path)).join('');
      return flat ? items : `<${tag}>${items}</${tag}>`;
    }
    case 'map': {
      const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(
        ([key, one]) => `<entry><key>${escape(key)}</key>${element('value', one, shape.value, path)}</entry>`
      );
      return `<${tag}>${entries.join('')}</${tag}>`;
    }
    case 'timestamp':
      return `<${tag}>${(value as Date).toISOString()}</${tag}>`;
    case 'string':
    case 'number':
    case 'boolean':
      if (typeof value !== shape.kind) throw new Error(`${path} is no ${shape.kind}: ${String(value)}`);
      return `<${tag}>${escape(String(value))}</${tag}>`;
    case 'blob':
    case 'unit':
      throw new Error(`${path}: ${shape.kind} is not spoken here`);
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
