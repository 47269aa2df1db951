/** Here `steamer/client` is read from its sources, as the Worker's modules are (wrangler.toml): this folder's packages are its own, and the package is none of them. */
import { registerHooks } from 'node:module';

const CLIENT = new URL('../../../src/client/index.ts', import.meta.url).href;

registerHooks({ resolve: (name, context, next) => next(name === 'steamer/client' ? CLIENT : name, context) });
