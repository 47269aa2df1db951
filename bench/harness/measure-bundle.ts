import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { SCHEMAS, type Schema } from '../schemas/schemas.ts';
import type { Project } from '../schemas/projects.ts';
import type { BundleEntry, BundleMeasurement } from './bundle-benchmark.ts';

const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
/** Steamer's sources are compiled with the models, and they need this one. */
const ASYNC_HOOKS = fileURLToPath(new URL('../../src/bao/async-hooks.d.ts', import.meta.url));

/** Bundles the entry as for a Worker, with one model and with all, and counts what its types cost. */
export async function measureBundle(entry: BundleEntry): Promise<BundleMeasurement> {
  const whole = await inProject(entry, SCHEMAS, bundle);
  const one = await inProject(entry, SCHEMAS.slice(0, 1), bundle);
  const withoutModels = await inProject(entry, [], countInstantiations);
  const declared = await inProject(entry, SCHEMAS, (folder, { main }) => countInstantiations(folder, { main, use: null }));
  const used = await inProject(entry, SCHEMAS, countInstantiations);
  return {
    ...whole,
    gzipBytesOfOne: one.gzipBytes,
    gzipBytesPerModel: (whole.gzipBytes - one.gzipBytes) / (SCHEMAS.length - 1),
    instantiations: declared - withoutModels,
    instantiationsOfUse: used - withoutModels,
  };
}

async function inProject<Result>(
  { write }: BundleEntry,
  schemas: readonly Schema[],
  measure: (folder: string, project: Project) => Result | Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'steamer-bench-'));
  try {
    return await measure(folder, write(folder, schemas));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundle(folder: string, { main }: Project): Promise<Pick<BundleMeasurement, 'minifiedBytes' | 'gzipBytes'>> {
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

/** The type instantiations of a whole program. What the library itself takes is in the program without models too. */
function countInstantiations(folder: string, { main, use }: Project): number {
  if (main.endsWith('.js')) return NaN;
  const compilerOptions = {
    target: 'es2024',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2024'],
    types: ['@cloudflare/workers-types'],
    typeRoots: [fileURLToPath(new URL('../../node_modules', import.meta.url))],
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: [main, ASYNC_HOOKS, ...(use === null ? [] : [use])] }),
  );
  const diagnostics = execFileSync(process.execPath, [COMPILER, '-p', folder, '--extendedDiagnostics'], { encoding: 'utf8' });
  return Number(/^Instantiations:\s*(\d+)/m.exec(diagnostics)?.[1]);
}
