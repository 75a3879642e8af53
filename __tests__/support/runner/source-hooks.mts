import { registerHooks } from 'node:module';

/** From now on Node takes each `.ts` of this repository for an ES module at once, where it would try CommonJS first. */
export function loadSourceAsModules(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      const isOurs = /^file:.*\.ts($|\?)/.test(found.url) && !found.url.includes('/node_modules/');
      return isOurs ? { ...found, format: 'module-typescript' } : found;
    }
  });
}
