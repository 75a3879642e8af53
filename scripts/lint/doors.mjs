import path from 'node:path';

/**
 * Which rooms of `src` a folder may import from. A folder that stands here in no row may import nothing, so that a new
 * one is noticed. `providers` are the files next to the clouds' folders; `providers/*` is each cloud's folder, which
 * may also import itself and no other.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const DOORS = {
  'index.ts': ['errors.ts', 'main.ts', 'runner'],
  'main.ts': [
    'errors.ts',
    'files',
    'engine',
    'spec',
    'providers',
    'sql-objects',
    'ephemeral',
    'github',
    'inputs',
    'publish',
    'runner',
    'commands'
  ],
  'errors.ts': ['engine/defined.ts', 'secrecy'],
  secrecy: [],
  files: ['errors.ts'],
  engine: ['errors.ts', 'secrecy'],
  spec: ['errors.ts', 'engine'],
  postgres: ['errors.ts', 'files', 'engine', 'spec/did-you-mean.ts'],
  policy: ['engine', 'spec'],
  'providers/*': ['errors.ts', 'files', 'engine', 'spec', 'postgres', 'providers'],
  providers: ['errors.ts', 'engine', 'spec', 'postgres'],
  'sql-objects': ['errors.ts', 'engine', 'spec', 'postgres', 'providers'],
  ephemeral: ['errors.ts', 'engine', 'spec', 'postgres', 'providers', 'sql-objects'],
  'schema-diff': ['engine', 'postgres', 'report'],
  report: ['engine'],
  github: ['errors.ts', 'secrecy', 'engine', 'report/size-limit.ts'],
  'moving-in': ['errors.ts', 'engine', 'spec', 'report'],
  review: ['errors.ts', 'engine', 'report', 'github'],
  runner: ['errors.ts', 'files', 'secrecy', 'engine', 'spec', 'providers', 'report', 'github/event.ts'],
  inputs: ['errors.ts', 'files', 'engine', 'spec', 'policy', 'providers', 'ephemeral', 'github', 'runner'],
  publish: [
    'errors.ts',
    'files',
    'secrecy',
    'engine',
    'spec',
    'providers',
    'moving-in',
    'schema-diff',
    'report',
    'github',
    'review',
    'inputs',
    'runner'
  ],
  commands: [
    'errors.ts',
    'engine',
    'spec',
    'postgres',
    'providers',
    'ephemeral',
    'files',
    'moving-in',
    'sql-objects',
    'schema-diff',
    'report',
    'github',
    'review',
    'inputs',
    'publish',
    'runner'
  ]
};

/** Files that may import what their folder may not, with the one thing that they may. */
const EXCEPTIONS = {
  // Each cloud is a chunk of its own, loaded where it is chosen.
  'providers/registry.ts': ['providers/*']
};

/** Packages by the only folder that may import them. */
const PACKAGES = [
  [/^@actions\/core$/, 'runner'],
  [/^@actions\/github/, 'github'],
  [/^(@aws-sdk|@smithy|@azure|@google-cloud)\/|^(dots-wrapper|google-auth-library)$/, 'providers/*'],
  [/^pg$/, 'postgres']
];

/** @param {string} file relative to `src`, with forward slashes */
export function folderOf(file) {
  const [folder = '', ...rest] = file.split('/');
  if (folder !== 'providers') return folder;
  return rest.length > 1 ? 'providers/*' : 'providers';
}

/**
 * Why `file` may not import `specifier`; `undefined` when it may. Both stand in `src`; `file` is relative to it.
 * @param {string} file
 * @param {string} specifier
 */
export function refusalOf(file, specifier) {
  const folder = folderOf(file);
  const allowed = DOORS[folder];
  if (allowed === undefined) return `src/${folder} has no row in scripts/lint/doors.mjs that says what it may import.`;
  if (!specifier.startsWith('.')) {
    const [, owner] = PACKAGES.find(([name]) => name.test(specifier)) ?? [];
    return owner === undefined || owner === folder ? undefined : `${specifier} is imported in src/${owner} only.`;
  }
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const other = folderOf(target);
  const isOwn = folder === 'providers/*' ? cloudOf(file) === cloudOf(target) && other === folder : other === folder;
  const granted = [...allowed, ...(EXCEPTIONS[file] ?? [])];
  if (isOwn || granted.includes(other) || granted.includes(target)) return undefined;
  return folder === 'providers/*' && other === folder
    ? `A cloud's folder imports no other cloud's.`
    : `src/${folder} may import ${allowed.join(', ')}, and not ${target}.`;
}

/** @param {string} file */
function cloudOf(file) {
  return file.split('/')[1];
}

/** @type {import('eslint').Rule.RuleModule} */
const between = {
  create(context) {
    const [, file] = context.filename.replaceAll('\\', '/').split(/\/src\/(?!.*\/src\/)/);
    if (file === undefined) return {};
    const check = source => {
      if (typeof source?.value !== 'string') return;
      const message = refusalOf(file, source.value);
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      ExportAllDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source)
    };
  }
};

export default { meta: { name: 'doors' }, rules: { between } };
