/** An application in one minified module, as a Worker is deployed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Project, WriteProject } from '../schemas/projects.ts';
import type { Schema } from '../schemas/schemas.ts';

export interface BundleSize {
  minifiedBytes: number;
  gzipBytes: number;
}

/** Writes an application of the schemas into a folder of its own, which is gone again when `use` is done. */
export async function inProject<Result>(
  write: WriteProject,
  schemas: readonly Schema[],
  use: (folder: string, project: Project) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'steamer-bench-'));
  try {
    return await use(folder, write(folder, schemas));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles an application and measures it. */
export async function bundleSize(folder: string, { main }: Project): Promise<BundleSize> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, main)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*', 'assert', 'async_hooks', 'crypto', 'fs', 'os', 'path'],
    legalComments: 'none',
    write: false,
    logLevel: 'error',
  });
  const code = outputFiles[0]!.contents; // one entry point is one file
  return { minifiedBytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length };
}
