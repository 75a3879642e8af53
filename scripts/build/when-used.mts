/**
 * The text of a CommonJS module that stands for another, and loads it when one of its exports is asked for. A bundle
 * asks each module whether it was an ES module once; that alone loads nothing, and neither does it to take an export of
 * `parts`, of which a member is asked for later.
 */
export function whenUsedModule(file: string, parts: readonly string[] = []): string {
  const get = `require('${file}')[name]`;
  const part = `new Proxy({}, { get: (_, member) => ${get}[member] })`;
  const chosen = parts.length === 0 ? get : `${JSON.stringify(parts)}.includes(name) ? ${part} : ${get}`;
  const isModule = file.startsWith('node:') ? 'undefined' : 'true';
  return `module.exports = new Proxy({}, { get: (_, name) => name === '__esModule' ? ${isModule} : ${chosen} });\n`;
}
