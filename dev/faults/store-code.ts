/** The Worker in front of the object of a tenant that runs with kills talk to, as one module. */
import { build } from 'esbuild';

/** Bundles it; to be called from the root of the repository. */
export async function storeCode(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/faults/store-worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:*', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
