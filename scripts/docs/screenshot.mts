import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Renders a golden Markdown file as GitHub would (GitHub's own style sheet, alerts, Mermaid) and takes its picture in
 * headless Chromium. What only this needs is installed into .cache/screenshot when it runs; Chromium (or `CHROMIUM`)
 * must be on the machine.
 *
 * node scripts/docs/screenshot.mts __tests__/golden/comment-update.md docs/images/plan-comment.png [--dark] [--open
 * Topology] [--width 860]
 */
const PACKAGES = [
  'marked@18.2.1',
  'github-markdown-css@5.9.0',
  'mermaid@11.6.0',
  'playwright-core@1.65.1',
  'upng-js@2.1.0'
];
const ROOT = path.resolve(import.meta.dirname, '../..');
const CACHE = path.join(ROOT, '.cache', 'screenshot');
const ALERT_ICONS: Readonly<Record<string, string>> = {
  note: 'M0 8a8 8 0 1 1 16 0A8 8 0 0 1 0 8Zm8-6.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM6.5 7.75A.75.75 0 0 1 7.25 7h1a.75.75 0 0 1 .75.75v2.75h.25a.75.75 0 0 1 0 1.5h-2a.75.75 0 0 1 0-1.5h.25v-2h-.25a.75.75 0 0 1-.75-.75ZM8 6a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z',
  important:
    'M0 1.75C0 .784.784 0 1.75 0h12.5C15.216 0 16 .784 16 1.75v9.5A1.75 1.75 0 0 1 14.25 13H8.06l-2.573 2.573A1.458 1.458 0 0 1 3 14.543V13H1.75A1.75 1.75 0 0 1 0 11.25Zm1.75-.25a.25.25 0 0 0-.25.25v9.5c0 .138.112.25.25.25h2a.75.75 0 0 1 .75.75v2.19l2.72-2.72a.749.749 0 0 1 .53-.22h6.5a.25.25 0 0 0 .25-.25v-9.5a.25.25 0 0 0-.25-.25Zm7 2.25v2.5a.75.75 0 0 1-1.5 0v-2.5a.75.75 0 0 1 1.5 0ZM9 9a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z',
  warning:
    'M6.457 1.047c.659-1.234 2.427-1.234 3.086 0l6.082 11.378A1.75 1.75 0 0 1 14.082 15H1.918a1.75 1.75 0 0 1-1.543-2.575Zm1.763.707a.25.25 0 0 0-.44 0L1.698 13.132a.25.25 0 0 0 .22.368h12.164a.25.25 0 0 0 .22-.368Zm.53 3.996v2.5a.75.75 0 0 1-1.5 0v-2.5a.75.75 0 0 1 1.5 0ZM9 11a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z',
  caution:
    'M4.47.22A.749.749 0 0 1 5 0h6c.199 0 .389.079.53.22l4.25 4.25c.141.14.22.331.22.53v6a.749.749 0 0 1-.22.53l-4.25 4.25A.749.749 0 0 1 11 16H5a.749.749 0 0 1-.53-.22L.22 11.53A.749.749 0 0 1 0 11V5c0-.199.079-.389.22-.53Zm.84 1.28L1.5 5.31v5.38l3.81 3.81h5.38l3.81-3.81V5.31L10.69 1.5ZM8 4a.75.75 0 0 1 .75.75v3.5a.75.75 0 0 1-1.5 0v-3.5A.75.75 0 0 1 8 4Zm0 8a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z'
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dark: { type: 'boolean', default: false },
    open: { type: 'string', multiple: true, default: [] },
    width: { type: 'string', default: '860' },
    scale: { type: 'string', default: '1' }
  }
});
const [source, target] = positionals;
if (source === undefined || target === undefined) throw new Error('Give a Markdown file and a PNG file.');
install();
const picture = await inPalette(await photograph(await pageOf(readFileSync(source, 'utf8'))));
mkdirSync(path.dirname(target), { recursive: true });
writeFileSync(target, picture);
process.stdout.write(`${target}: ${Math.round(picture.length / 1024)} kB\n`);

function install(): void {
  mkdirSync(CACHE, { recursive: true });
  const listFile = path.join(CACHE, 'installed.txt');
  if (existsSync(listFile) && readFileSync(listFile, 'utf8') === PACKAGES.join('\n')) return;
  writeFileSync(path.join(CACHE, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], {
    cwd: CACHE,
    stdio: 'inherit'
  });
  writeFileSync(listFile, PACKAGES.join('\n'));
}

function installed(...parts: readonly string[]): string {
  return path.join(CACHE, 'node_modules', ...parts);
}

/** The comment in a frame like that of a pull request. */
async function pageOf(markdown: string): Promise<string> {
  const { marked } = (await import(pathToFileURL(installed('marked', 'lib', 'marked.esm.js')).href)) as {
    marked: { parse(text: string, options: object): string };
  };
  const scheme = values.dark ? 'dark' : 'light';
  const css = readFileSync(installed('github-markdown-css', `github-markdown-${scheme}.css`), 'utf8');
  const body = withMermaid(withAlerts(marked.parse(markdown, { gfm: true, breaks: true })));
  const [canvas, line, head, ink] = values.dark
    ? ['#0d1117', '#3d444d', '#151b23', '#9198a1']
    : ['#ffffff', '#d1d9e0', '#f6f8fa', '#59636e'];
  const opened = values.open.reduce(
    (html, title) => html.replace(`<details>\n<summary>${title}`, `<details open>\n<summary>${title}`),
    body
  );
  return `<!doctype html><meta charset="utf-8"><style>${css}
body{margin:0;padding:16px;background:${canvas};font-family:-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
.comment{border:1px solid ${line};border-radius:6px;width:${Number(values.width) - 34}px}
.head{background:${head};color:${ink};border-bottom:1px solid ${line};border-radius:6px 6px 0 0;padding:8px 16px;font-size:14px}
.markdown-body{padding:16px;font-size:14px;background:transparent}
.markdown-alert-title .octicon{margin-right:8px}
.markdown-body .mermaid{background:transparent;text-align:center}</style>
<div class="comment"><div class="head"><b>github-actions</b> bot commented</div><article class="markdown-body">${opened}</article></div>
<script src="${pathToFileURL(installed('mermaid', 'dist', 'mermaid.min.js')).href}"></script>
<script>mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: '${values.dark ? 'dark' : 'default'}' });
mermaid.run().then(() => { document.title = 'ready' }, error => { document.title = 'failed: ' + error.message })</script>`;
}

function withAlerts(html: string): string {
  return html.replace(
    /<blockquote>\s*<p>\[!(NOTE|IMPORTANT|WARNING|CAUTION)\](?:<br>)?([\s\S]*?)<\/blockquote>/g,
    (_, name: string, rest: string) => {
      const kind = name.toLowerCase();
      const title = `${name.charAt(0)}${name.slice(1).toLowerCase()}`;
      const icon = `<svg class="octicon" viewBox="0 0 16 16" width="16" height="16"><path d="${ALERT_ICONS[kind]}"></path></svg>`;
      return `<div class="markdown-alert markdown-alert-${kind}"><p class="markdown-alert-title">${icon}${title}</p><p>${rest}</div>`;
    }
  );
}

function withMermaid(html: string): string {
  return html.replace(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<div class="mermaid">$1</div>'
  );
}

async function photograph(html: string): Promise<Buffer> {
  const file = path.join(CACHE, 'page.html');
  writeFileSync(file, html);
  const { chromium } = (await import(pathToFileURL(installed('playwright-core', 'index.mjs')).href)) as {
    chromium: Launcher;
  };
  const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({
      viewport: { width: Number(values.width), height: 400 },
      deviceScaleFactor: Number(values.scale)
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction('document.title !== ""');
    const title = await page.title();
    if (title !== 'ready') throw new Error(`Mermaid ${title}`);
    return await page.screenshot({ fullPage: true });
  } finally {
    await browser.close();
  }
}

/** The same picture in 256 colours: a third of the size, without a visible difference. */
async function inPalette(png: Buffer): Promise<Buffer> {
  const { default: upng } = (await import(pathToFileURL(installed('upng-js', 'UPNG.js')).href)) as { default: Upng };
  const decoded = upng.decode(png);
  return Buffer.from(upng.encode(upng.toRGBA8(decoded), decoded.width, decoded.height, 256));
}

interface Upng {
  decode(png: Buffer): { readonly width: number; readonly height: number };
  toRGBA8(decoded: object): ArrayBuffer[];
  encode(frames: ArrayBuffer[], width: number, height: number, colours: number): ArrayBuffer;
}

interface Page {
  goto(url: string): Promise<unknown>;
  waitForFunction(expression: string): Promise<unknown>;
  title(): Promise<string>;
  screenshot(options: { fullPage: boolean }): Promise<Buffer>;
}

interface Launcher {
  launch(options: object): Promise<{ newPage(options: object): Promise<Page>; close(): Promise<void> }>;
}

function browserPath(): string {
  if (process.env['CHROMIUM'] !== undefined) return process.env['CHROMIUM'];
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap(name => (process.env['PATH'] ?? '').split(path.delimiter).map(folder => path.join(folder, name)))
    .find(file => existsSync(file));
  if (found === undefined) throw new Error('No Chromium on PATH: install it, or name it in CHROMIUM.');
  return found;
}
