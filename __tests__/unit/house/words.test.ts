import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Words of our own with a common equivalent. Each is listed in lower case, as a part of a name. */
const PRIVATE_WORDS: Readonly<Record<string, string>> = {
  wing: 'ProviderDefinition',
  world: 'ProviderContext',
  wish: 'DesiredState',
  beside: 'supporting',
  inside: 'child resource',
  leaned: 'foreignDependents',
  lane: 'concurrencyGroup',
  census: 'listServers',
  judge: 'decideSweep',
  stamp: 'writeMark',
  foremost: 'keyFields',
  ladder: 'detailLevels',
  wayout: 'hint',
  leftover: 'CleanupState',
  announce: 'publish',
  conduct: 'execute',
  bed: 'harness',
  stage: 'harness',
  play: 'scenario',
  room: 'SizeLimit',
  looking: 'observePart'
};

/** Whole names of our own, with the common ones. */
const PRIVATE_NAMES: Readonly<Record<string, string>> = {
  wayOut: 'hint',
  goesWith: 'deletedWith',
  makeOnce: 'createOrReuseOwn',
  whenFree: 'retryWhileBusy',
  unlessAborted: 'raceAbort',
  lookOrUnknown: 'observeOrUnknown',
  saysUnknown: 'withUnknownFields',
  byGivenNames: 'withOriginalNames',
  refuseWish: 'refuseLiveProblems',
  isKind: 'isFailure',
  settled: 'ignoring'
};

/**
 * Names of others: of Secrets Manager's versions, of a point of Azure Monitor, of what a fake leaves behind, of the plan
 * file as it was published.
 */
const OTHERS: readonly string[] = ['VersionStages', 'VersionStage', 'VersionIdsToStages', 'timeStamp'];

/** Members of the plan file, which were published before the code had better names. */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = { 'src/report/plan-json.ts': ['lane', 'wayOut'] };

const ROOT = process.cwd();
const files = ['src/**/*.ts', 'scripts/**/*.{ts,mts,mjs}', '__tests__/**/*.ts']
  .flatMap(pattern => globSync(pattern, { cwd: ROOT }))
  .filter(file => !file.endsWith(path.join('house', 'words.test.ts')));

/** The parts of a name: `makeInside` has `make` and `inside`. */
function partsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .map(part => part.toLowerCase());
}

function privateIn(name: string): readonly string[] {
  if (OTHERS.includes(name)) return [];
  const words = partsOf(name).flatMap(part => (Object.hasOwn(PRIVATE_WORDS, part) ? [part] : []));
  return Object.hasOwn(PRIVATE_NAMES, name) ? [...words, name] : words;
}

/** The code alone: without comments, texts and regular expressions, in which words may have their usual meaning. */
function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/.*$/gm, '')
    .replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")
    .replaceAll(/`(?:\\[\s\S]|[^`\\])*`/g, template =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(' ')
    )
    .replaceAll(/(?<=[(=,:]\s*)\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])+\/[a-z]*/g, '');
}

test('no file is named by a private word', () => {
  const named = files.flatMap(file =>
    privateIn(path.basename(file).replace(/\..*$/, '')).map(word => `${file}: ${word}`)
  );
  expect(named).toEqual([]);
});

test('no identifier is made of a private word', () => {
  const found = files.flatMap(file => {
    const names = new Set(codeOf(readFileSync(path.join(ROOT, file), 'utf8')).match(/[A-Za-z_$][\w$]*/g));
    const published = PUBLISHED[file.replaceAll(path.sep, '/')] ?? [];
    return [...names]
      .filter(name => privateIn(name).length > 0 && !published.includes(name))
      .map(name => `${file}: ${name}`);
  });
  expect(found).toEqual([]);
});

test('finds them in each position', () => {
  expect(privateIn('desireBeside')).toEqual(['beside']);
  expect(privateIn('SERVER_LANE')).toEqual(['lane']);
  expect(privateIn('timestamp')).toEqual([]);
  expect(codeOf("const a = 'wish'; // wish\n/* wish */ b(`x ${wish} wish`)")).not.toMatch(/'wish'|\/\//);
});
