import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEMAS } from '../schemas/schemas.ts';
import type { Project } from '../schemas/projects.ts';
import { bundleSize, inProject } from './bundle.ts';
import type { BundleEntry, BundleMeasurement } from './bundle-benchmark.ts';

const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
/** Steamer's sources are compiled with the models, and they need this one. */
const ASYNC_HOOKS = fileURLToPath(new URL('../../src/bao/async-hooks.d.ts', import.meta.url));

/** Bundles the entry as for a Worker, with one model and with all, and counts what its types cost. */
export async function measureBundle({ write }: BundleEntry): Promise<BundleMeasurement> {
  const whole = await inProject(write, SCHEMAS, bundleSize);
  const one = await inProject(write, SCHEMAS.slice(0, 1), bundleSize);
  const withoutModels = await inProject(write, [], countInstantiations);
  const declared = await inProject(write, SCHEMAS, (folder, { main }) => countInstantiations(folder, { main, use: null }));
  const used = await inProject(write, SCHEMAS, countInstantiations);
  return {
    ...whole,
    gzipBytesOfOne: one.gzipBytes,
    gzipBytesPerModel: (whole.gzipBytes - one.gzipBytes) / (SCHEMAS.length - 1),
    instantiations: declared - withoutModels,
    instantiationsOfUse: used - withoutModels,
  };
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
