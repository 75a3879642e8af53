import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// @swc/jest is CommonJS. The sources with the mutants in them are in one file; every other file is taken as it is.
const swc = createRequire(import.meta.url)('@swc/jest').createTransformer({ swcrc: true });
const sources = new Map(Object.entries(JSON.parse(readFileSync(process.env.PGKEEP_MUTANTS, 'utf8'))));
const textOf = (source, file) => sources.get(file) ?? source;

export default {
  canInstrument: false,
  process: (source, file, options) => swc.process(textOf(source, file), file, options),
  processAsync: async (source, file, options) => swc.processAsync(textOf(source, file), file, options),
  getCacheKey: (source, file, options) => swc.getCacheKey(textOf(source, file), file, options)
};
