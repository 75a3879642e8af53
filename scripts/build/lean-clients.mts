import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** A client of AWS's SDK that the bundle gets in part. */
export interface LeanClient {
  /** `@aws-sdk/client-ec2` */
  readonly name: string;
}

/** `rds: async config => opened(await import('@aws-sdk/client-rds'), sdk => new sdk.RDSClient(config))` */
const OPENED =
  /(\w+): async \(?config\)? =>\s*opened\(await import\(.(@aws-sdk\/client-[\w-]+).\), sdk => new sdk\.(\w+)\(/g;

/**
 * AWS's clients hold all operations of a service: 750 of EC2, of which ten are called here. In the compiled source
 * below `build`, the clients are replaced by ones with the called operations: half of the time and of the memory of a
 * start. Throws where the clients look otherwise than it expects.
 */
export function useLeanClients(build: string): readonly LeanClient[] {
  const provider = path.join(build, 'providers', 'aws');
  const opener = path.join(provider, 'api', 'client.js');
  const source = readFileSync(opener, 'utf8');
  const words = wordsIn(provider);
  const folder = path.join(build, 'lean');
  mkdirSync(folder, { recursive: true });
  const found = [...source.matchAll(OPENED)];
  if (found.length === 0) throw new Error('The clients of AWS are opened in another way now');
  const lean: LeanClient[] = [];
  let rewritten = source;
  for (const [, service = '', name = '', client = ''] of found) {
    const module = readFileSync(require.resolve(name), 'utf8');
    const operations = [...module.matchAll(/^class (\w+)Command extends/gm)].map(([, operation = '']) => operation);
    const wanted = operations.filter(operation => words.has(operation)).map(operation => `${operation}Command`);
    if (wanted.length === 0) throw new Error(`No operation of ${name} is called`);
    writeFileSync(path.join(folder, `${service}.js`), partOf(module, [client, ...wanted]));
    rewritten = rewritten.replace(`'${name}'`, `'../../../lean/${service}.js'`);
    lean.push({ name });
  }
  writeFileSync(opener, rewritten);
  return lean;
}

/** Every string that may be the name of an operation. */
function wordsIn(folder: string): ReadonlySet<string> {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.js'));
  return new Set(
    sources.flatMap(name => {
      const text = readFileSync(path.join(folder, name), 'utf8');
      return [...text.matchAll(/'([A-Z]\w+)'/g)].map(([, word = '']) => word);
    })
  );
}

/** A module of the SDK with some of its exports, and without the declarations that only the others need. */
function partOf(module: string, wanted: readonly string[]): string {
  // A statement begins at the first column; what belongs to it is indented, or closes it.
  const statements = module.split(/\n(?=[^\s)}\]])/);
  const names = new Set(wanted);
  const declared = new Map<string, string>();
  const rest: string[] = [];
  for (const statement of statements) {
    const [, exported] = /^exports\.([\w$]+) = /.exec(statement) ?? [];
    if (exported !== undefined && !names.delete(exported)) continue;
    if (statement.startsWith('createAggregatedClient(')) continue;
    const [, name] = /^(?:const|let|var|class|(?:async )?function\*?) ([\w$]+)/.exec(statement) ?? [];
    if (name === undefined) rest.push(statement);
    else declared.set(name, statement);
  }
  if (names.size > 0) throw new Error(`A client of AWS has no ${[...names].join(', ')}`);
  const needed = new Set<string>();
  const look = (text: string): void => {
    for (const [name] of text.matchAll(/[\w$]+/g)) {
      const statement = declared.get(name);
      if (statement === undefined || needed.has(name)) continue;
      needed.add(name);
      look(statement);
    }
  };
  for (const statement of rest) look(statement);
  const kept = new Set([...rest, ...[...needed].map(name => declared.get(name))]);
  return statements.filter(statement => kept.has(statement)).join('\n');
}
