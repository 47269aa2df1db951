/** The Worker in front of the objects of a tenant that runs with kills talk to, as one module. */
import { build } from 'esbuild';
import type { GrowthOptions } from '../../src/objects/tenant-store/shards/shard-load.ts';

/** Bundles it; to be called from the root of the repository. @param growth when the tenant gets more objects by itself; default: never */
export async function storeCode(growth: GrowthOptions = { max: 1 }): Promise<string> {
  const { outputFiles } = await build({
    define: { GROWTH: JSON.stringify(growth) },
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
