/** A message that the runner shows at the run and at the lines of a pull request. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** What a step printed, as the runner takes it. */
export interface PrintedLog {
  /** Everything a person gets to read, debug lines included; without the lines that tell the runner what to mask. */
  readonly log: string;
  /** The values that the runner was told to mask. */
  readonly masked: readonly string[];
  readonly annotations: readonly Annotation[];
}

/**
 * Reads a file of name-value commands (`GITHUB_OUTPUT`, `GITHUB_STATE`) the way the runner does: `name=value` lines and
 * `name<<delimiter` blocks. Throws for anything else, as the runner fails the step then.
 */
export function readCommandFile(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    const end = lines.indexOf(delimiter, at + 1);
    if (name === '' || end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
    values[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}

/** Takes the runner's commands out of what a step printed. */
export function readLog(text: string): PrintedLog {
  const masked: string[] = [];
  const annotations: Annotation[] = [];
  const shown: string[] = [];
  for (const line of text.split('\n')) {
    const command = /^::([a-z-]+)(?: ([^:]*))?::(.*)$/.exec(line);
    const [, name, properties = '', message = ''] = command ?? [];
    if (name === 'add-mask') {
      masked.push(unescaped(message));
      continue;
    }
    if (name === 'error' || name === 'warning' || name === 'notice') {
      const title = /(?:^|,)title=([^,]*)/.exec(properties)?.[1] ?? '';
      annotations.push({ level: name, title: unescaped(title), message: unescaped(message) });
    }
    shown.push(line);
  }
  return { log: shown.join('\n'), masked, annotations };
}

/** As `@actions/core` escapes messages, the other way round. */
export function unescaped(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
