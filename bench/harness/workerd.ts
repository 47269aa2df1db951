/** Serves one Worker of `workers/` on raw workerd: `wrangler dev` answers a few hundred requests a second and would be what is measured. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import workerd from 'workerd';
import type { WorkerConfig } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';

/** @returns a file of `workers/` (its name without the ending) and all it imports, as one minified module */
export async function bundleWorker(worker: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../workers/${worker}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*', 'node:*', '*.wasm'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]!.text; // one entry point is one file
}

/** A running workerd with nothing in its objects' storage, on disk or in memory; ends, and leaves nothing, when disposed of or with this process. */
export function startWorkerd(code: string, config: WorkerConfig, { isInspected = false, isInMemory = false } = {}): Promise<Workerd> {
  const folder = mkdtempSync(join(isInMemory ? '/dev/shm' : tmpdir(), 'steamer-bench-'));
  return Workerd.start({ binary: workerd.default, folder, isTemporary: true, isInspected, code, config });
}
