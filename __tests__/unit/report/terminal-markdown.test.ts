import { readFileSync } from 'node:fs';
import path from 'node:path';
import { terminalLines } from '../../../src/report/terminal-markdown.ts';
import { paintOf } from '../../../src/report/terminal-text.ts';

const golden = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../golden', `${name}.md`), 'utf8');
const paint = paintOf(false);

describe('a comment on a terminal', () => {
  test('has its tables in columns, and the titles of what is folded', () => {
    expect(terminalLines(golden('comment-update'), { paint }).join('\n')).toMatchSnapshot();
  });

  test('shows what is folded when asked, and never a drawing', () => {
    const lines = terminalLines(golden('comment-new-server'), { paint, unfolds: true });
    expect(lines).toContain('▾ All fields: 20 changes');
    expect(lines.some(line => /^ +backup_window +— +03:00-04:00 +online$/.test(line))).toBe(true);
    expect(lines.filter(line => /flowchart|classDef|<\/?details|```/.test(line))).toEqual([]);
  });

  test('spells what Markdown escapes, and keeps the backslashes of code', () => {
    expect(terminalLines('17\\.10 in `C:\\.cache` by @\u200Bacme, a&#124;b, _masked_', { paint })).toEqual([
      '17.10 in C:\\.cache by @acme, a|b, _masked_'
    ]);
    expect(terminalLines('| `password` | _masked_ |', { paint })).toEqual(['password  masked']);
    expect(terminalLines('|one|two|', { paint })).toEqual(['one  two']);
    expect(terminalLines('a&lt;b&gt;c&amp;d&nbsp;e&#96;f', { paint })).toEqual(['a<b>c&d e`f']);
  });

  test('of a hostile database has no character that steers the terminal', () => {
    const text = terminalLines(golden('comment-hostile'), { paint, unfolds: true }).join('');
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/);
  });
});
