/** Loads modules of the application while `initModels` runs, which returns its manager at once. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';

/**
 * What a module exports: ES module or CommonJS, JavaScript or (where Node runs it) TypeScript.
 *
 * @param path absolute
 * @throws ConfigurationError for an ES module that cannot be loaded synchronously, or whatever the module throws
 */
export function requireModule(path: string): Record<string, unknown> {
  try {
    return createRequire(join(process.cwd(), 'index.js'))(path) as Record<string, unknown>; // what modules export
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_REQUIRE_ASYNC_MODULE')
      throw new ConfigurationError(`${path} awaits at its top level, which initModels cannot wait for`);
    if (code === 'ERR_REQUIRE_ESM')
      throw new ConfigurationError(`${path} is an ES module, which initModels can load with Node 22.12 or newer`);
    throw error;
  }
}

/** The default export of a module, which for CommonJS is all of `module.exports`. */
export function requireDefault(path: string): unknown {
  const exported = requireModule(path);
  return exported['default'] ?? exported;
}
