import { isBuiltin } from 'node:module';
import { build } from 'vite';
import type { Rolldown } from 'vite';

/** An application in one file, as a Worker has it. */
export interface Bundle {
  code: string;
  /** the modules of Node that it asks for, in order */
  nodeModules: string[];
}

const ENTRY = 'virtual:application';

/** Bundles and minifies the source of an application for a Worker. */
export async function bundle(source: string): Promise<Bundle> {
  const nodeModules = new Set<string>();
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'application',
        enforce: 'pre',
        resolveId(id, importer) {
          if (id === ENTRY) return `\0${ENTRY}`;
          if (!isBuiltin(id)) return null;
          if (!importer?.startsWith('\0rolldown')) nodeModules.add(id); // the bundler's own
          return { id, external: true };
        },
        load: (id) => (id === `\0${ENTRY}` ? source : null),
      },
    ],
    ssr: { noExternal: true, resolve: { conditions: ['workerd', 'worker', 'browser', 'module', 'import'] } },
    build: {
      ssr: true,
      write: false,
      minify: 'esbuild', // as wrangler does
      target: 'es2024',
      rolldownOptions: { input: ENTRY, output: { codeSplitting: false } },
    },
  });
  const [output] = [result].flat() as Rolldown.RolldownOutput[]; // without `watch` it is the output of one build
  const [chunk] = output?.output ?? [];
  if (!chunk) throw new Error('the bundler wrote nothing');
  return { code: chunk.code, nodeModules: [...nodeModules].toSorted() };
}
