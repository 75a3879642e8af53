import type { Secrecy } from '../secrecy/secrecy.ts';
import { isGroup, readMarker } from './marker.ts';

/** Members of GitHub's requests that people get to read. */
const READ: readonly string[] = ['body', 'title', 'description', 'summary', 'text', 'message', 'output', 'annotations'];

/**
 * The last check of a request: removes secrets from everything in it that people can read. The marker of a comment
 * stays as it is.
 */
export function cleanBody(request: Record<string, unknown>, secrecy: Secrecy): void {
  for (const name of READ) {
    if (request[name] !== undefined) request[name] = cleaned(request[name], secrecy);
  }
}

function cleaned(value: unknown, secrecy: Secrecy): unknown {
  if (typeof value === 'string') return cleanText(value, secrecy);
  if (Array.isArray(value)) return value.map(item => cleaned(item, secrecy));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      READ.includes(name) ? cleaned(member, secrecy) : (member as unknown)
    ])
  );
}

function cleanText(text: string, secrecy: Secrecy): string {
  if (isGroup(text)) return cleanSections(text, secrecy);
  if (readMarker(text) === undefined) return secrecy.clean(text);
  return text.replace(/\n[\s\S]*$/, rest => secrecy.clean(rest));
}

/** A shared comment has a marker above each section. */
function cleanSections(text: string, secrecy: Secrecy): string {
  const [group = '', ...parts] = text.split(/(\n<!-- pgkeep:[A-Za-z0-9_-]+ -->(?=\n))/);
  const [marker = '', ...rest] = group.split('\n');
  const first = [marker, ...(rest.length === 0 ? [] : [secrecy.clean(rest.join('\n'))])].join('\n');
  return [first, ...parts.map((part, at) => (at % 2 === 0 ? part : secrecy.clean(part)))].join('');
}
