import {
  sweepLines,
  sweepSummary,
  sweepVerdict,
  type SweepReport,
  type Swept
} from '../../../src/report/sweep-markdown.ts';

const footer = { madeAt: new Date('2026-11-22T12:00:00Z') };
const report = (items: readonly Swept[], change: Partial<SweepReport> = {}): SweepReport => ({
  isDryRun: false,
  knowsOpenPullRequests: true,
  items,
  ...change
});
const gone: Swept = { title: 'database pr_7_x', outcome: 'removed', why: 'pull request #7 is closed' };
const evil: Swept = {
  title: 'database a|b`c`',
  outcome: 'failed',
  why: 'it says <!-- x --> @everyone | and\n## more'
};

test('a sweep is summarised in one sentence, a dry run in its own words', () => {
  const items: Swept[] = [
    gone,
    { ...gone, outcome: 'kept' },
    { ...gone, outcome: 'left' },
    { ...gone, outcome: 'left' }
  ];
  expect(sweepVerdict(report(items))).toBe('Swept: 1 removed, 1 kept, 2 left alone.');
  expect(sweepVerdict(report([{ ...gone, outcome: 'removable' }], { isDryRun: true }))).toBe(
    'Dry run: 1 would be removed, 0 kept, 0 left alone.'
  );
  expect(sweepVerdict(report([evil, { ...gone, outcome: 'not run' }]))).toBe(
    'Swept: 0 removed, 1 failed, 1 not run, 0 kept, 0 left alone.'
  );
});

test('the log names removed databases, and only some of those of others', () => {
  const others = Array.from({ length: 30 }, (_, index): Swept => ({
    title: `server ${index}`,
    outcome: 'left',
    why: 'is not ours'
  }));
  const lines = sweepLines(report([gone, { ...gone, outcome: 'kept' }, ...others]));
  expect(lines[0]).toBe('  database pr_7_x: removed (pull request #7 is closed)');
  expect(lines).toHaveLength(1 + 20 + 1);
  expect(lines.at(-1)).toBe('  … and 10 more left alone');
});

test('the summary shows removals first, and folds the rest away', () => {
  const summary = sweepSummary(
    report([gone, { title: 'role pr_8_x', outcome: 'kept', why: 'pull request #8 is open' }]),
    footer
  );
  expect(summary).toContain('🧹 **Swept: 1 removed, 1 kept, 0 left alone.**');
  expect(summary.indexOf('pr_7_x')).toBeLessThan(summary.indexOf('<details>'));
  expect(summary.indexOf('pr_8_x')).toBeGreaterThan(summary.indexOf('<details>'));
  expect(summary).not.toContain('[!WARNING]');
  expect(sweepSummary(report([], { knowsOpenPullRequests: false }), footer)).toContain('[!WARNING]');
});

test('foreign text in it is inert', () => {
  const summary = sweepSummary(report([evil]), footer);
  expect(summary).toContain('❌');
  expect(summary).not.toMatch(/<!--|@everyone|^## /m);
  const row = summary.split('\n').find(line => line.includes('failed') && line.startsWith('|')) ?? '';
  expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5);
});

test('a very long one is cut, with a note', () => {
  const many = Array.from({ length: 1000 }, (_, index): Swept => ({ ...gone, title: `database pr_${index}_x` }));
  const summary = sweepSummary(report(many), footer);
  expect(summary).toContain('… and 700 more.');
  expect(summary.length).toBeLessThan(100_000);
});
