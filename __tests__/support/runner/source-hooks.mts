import { registerHooks } from 'node:module';
import path from 'node:path';

/** Where Node keeps what it has compiled: sources without their types, and the bundle. */
export const COMPILED = path.resolve(import.meta.dirname, '..', '..', '..', '.cache', 'compiled');

let isLoading = false;

/** From now on Node takes each `.ts` of this repository for an ES module at once, where it would try CommonJS first. */
export function loadSourceAsModules(): void {
  if (isLoading) return;
  isLoading = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      // Without Node's own look at the file: it parses each to find out what it is.
      if (/^(?:file:|\.\.?\/).*\.ts(?:$|\?)/.test(specifier) && !specifier.includes('/node_modules/')) {
        const { href } = new URL(specifier, context.parentURL);
        if (href.startsWith('file:')) return { url: href, format: 'module-typescript', shortCircuit: true };
      }
      return next(specifier, context);
    }
  });
}
