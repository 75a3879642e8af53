import * as fc from 'fast-check';
import { code, details, link, prose, table, text } from '../../../src/report/markdown.ts';
import { shorten, visible } from '../../../src/report/printable.ts';
import { HOSTILE } from './plans.ts';

const ZERO_WIDTH = '\u200B';
const pieces = fc.constantFrom(
  '|',
  '`',
  '``',
  '\\',
  '\n',
  '\r',
  '<',
  '<!--',
  '-->',
  '</details>',
  '@acme/team',
  '#1',
  'GH-1',
  'https://x.y',
  'www.x.y',
  'a@b.co',
  '*',
  '__',
  '~',
  '[',
  '](',
  '$x$',
  ':tada:',
  '&#124;',
  '- ',
  '1. ',
  '# ',
  '\u001B[31m',
  '\u202E',
  ZERO_WIDTH,
  'é',
  '🎉',
  '\uD800',
  'a',
  ' '
);
const hostile = fc.array(pieces, { maxLength: 15 }).map(parts => parts.join(''));

describe('foreign text in prose', () => {
  test.each([
    ['a pipe', 'a|b', 'a&#124;b'],
    ['a backtick', 'a`b', 'a\\`b'],
    ['a newline', 'a\nb', 'a↵b'],
    ['a comment', '<!-- x -->', '&lt;!-- x --&gt;'],
    ['a tag', '<img src=x>', '&lt;img src=x&gt;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['emphasis', '**a** _b_ ~~c~~', '\\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~'],
    ['a name with underscores', 'pg_stat_statements', 'pg_stat_statements'],
    ['a link', '[a](b)', '\\[a\\](b)'],
    ['a mention', '@acme/team', `@${ZERO_WIDTH}acme/team`],
    ['a reference', 'acme/shop#12', `acme/shop#${ZERO_WIDTH}12`],
    ['another reference', 'GH-12', `GH-${ZERO_WIDTH}12`],
    ['an address', 'https://x.y', `https:${ZERO_WIDTH}//x.y`],
    ['a bare address', '_www.x.y', `\\_www${ZERO_WIDTH}.x.y`],
    ['an emoji name', ':tada:', `:${ZERO_WIDTH}tada:`],
    ['a formula', '$x$', '<span>$</span>x<span>$</span>'],
    ['a heading', '# a', '\\# a'],
    ['a list item', '- a', '\\- a'],
    ['a numbered item', '1. a', '1\\. a'],
    ['an escape sequence', '\u001B[31m', '␛\\[31m'],
    ['a turned direction', '\u202Etxt', '&lt;U+202E&gt;txt'],
    ['half a character', '\uD800', '\uFFFD']
  ])('%s is inert', (_, given, wanted) => {
    expect(text(given)).toBe(wanted);
  });

  test('stays on one line, opens no cell, tag, comment, mention or reference, with any content', () => {
    fc.assert(
      fc.property(hostile, value => {
        for (const written of [text(value), prose(value).replace(/<code>.*?<\/code>|(`+)[^`].*?\1/g, '')]) {
          expect(written).not.toMatch(/[\n\r|]|<(?!span>|\/span>)|@\w|(?<!&)#\d|:\/\/|www\./);
        }
      })
    );
  });
});

describe('our own messages', () => {
  test('keep their code', () => {
    expect(prose('Set `name`, then run it.')).toBe('Set `name`, then run it.');
  });

  test('are plain prose when their backticks have no partner', () => {
    expect(prose('the value a`b of `name`')).toBe('the value a\\`b of \\`name\\`');
  });
});

describe('foreign text as code', () => {
  test.each([
    ['a plain value', '256MB', '`256MB`'],
    ['a backtick inside', 'a`b', '``a`b``'],
    ['a backtick at the end', 'a`', '`` a` ``'],
    ['a pipe', 'a|b', '<code>a&#124;b</code>'],
    ['a comment', '<!-- x -->', '<code>&#60;&#33;-- x --&#62;</code>'],
    ['a mention, which GitHub does not look for in code', '@acme/team', '`@acme/team`'],
    ['a newline', 'a\nb', '`a↵b`'],
    ['more backticks than cmark-gfm counts', '`'.repeat(90), `<code>${'&#96;'.repeat(90)}</code>`],
    ['nothing', '', '<code></code>']
  ])('%s', (_, given, wanted) => {
    expect(code(given)).toBe(wanted);
  });

  test('never holds a pipe, a newline or a comment, and closes with the fence it opened', () => {
    fc.assert(
      fc.property(hostile, value => {
        const written = code(value);
        expect(written).not.toMatch(/[\n\r|]|<!--|-->/);
        const [fence = ''] = /^`+/.exec(written) ?? [];
        if (fence === '') expect(written).toMatch(/^<code>[^<>`|@]*<\/code>$|^<code>.*&#64;.*<\/code>$/);
        else {
          const inner = written.slice(fence.length, -fence.length);
          expect(written.endsWith(fence)).toBe(true);
          expect(inner.split(/[^`]+/).every(run => run.length !== fence.length)).toBe(true);
        }
      })
    );
  });
});

describe('invisible characters', () => {
  test('are made visible, and emoji stay whole', () => {
    expect(visible('a\u0000b\tc\u007Fd\u00ADe\uFEFF ⚠️ 👩‍💻 #️')).toBe('a␀b␉c␡d<U+00AD>e<U+FEFF> ⚠️ 👩‍💻 #<U+FE0F>');
  });

  test('a long value keeps both ends and shows its length', () => {
    const short = shorten(`begin ${'🎉'.repeat(2000)} end`, 60);
    expect(short).toMatch(/^begin .* … \(2,010 characters\) … .* end$/u);
    expect(short.isWellFormed()).toBe(true);
    expect(Array.from(short).length).toBeLessThanOrEqual(60);
  });

  test('a value of the length that fits is left alone', () => {
    expect(shorten('x'.repeat(60), 60)).toBe('x'.repeat(60));
  });
});

describe('building blocks', () => {
  test('a link goes to the web or nowhere', () => {
    expect(link('run', 'https://x.y/a (b)|c')).toBe('[run](https://x.y/a%20%28b%29%7cc)');
    expect(link('run', 'javascript:alert(1)')).toBe('run');
    expect(link('run', undefined)).toBe('run');
  });

  test('a table has a rule, and a fold keeps its Markdown apart from the HTML', () => {
    expect(table(['', 'A'], [['x', code(HOSTILE)]], ['center']).split('\n')).toHaveLength(3);
    expect(details('More', '- a')).toBe('<details>\n<summary>More</summary>\n\n- a\n\n</details>');
  });
});
