/** `npm run build`: the package into dist/, checked as its users would import it, and the console and the Worker as a dry-run deployment, held to their sizes and to the modules it may import. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { partsOfBundle } from './bundle-parts.ts';
import type { Metafile } from './bundle-parts.ts';
import { problemOfConsole } from './console-assets.ts';
import { runStep } from './run-step.ts';
import type { Step } from './run-step.ts';

const WORKER_OUTPUT = 'dist/worker';
/** Of all rooms and the default models; a dependency that slips in is what this is to catch. */
const WORKER_MAX_GZIP_BYTES = 293_000;
/** AsyncLocalStorage is the one part of Node that Worker code may use; anything else would need the application to ship a polyfill. */
const ALLOWED_NODE_MODULES = new Set(['node:async_hooks']);

const STEPS: readonly Step[] = [
  { name: 'generate models', command: 'npm', args: ['run', '--silent', 'generate-models'] },
  { name: 'package (tsc)', command: 'tsc', args: ['-p', 'tsconfig.build.json'] },
  { name: 'package dynamo-bao (tsc)', command: 'tsc', args: ['-p', 'packages/dynamo-bao/tsconfig.build.json'] },
  { name: 'console (vite)', command: 'npm', args: ['run', '--silent', 'build-console'] },
  {
    name: 'Worker (wrangler deploy --dry-run)',
    command: 'wrangler',
    args: ['deploy', '--dry-run', '--env', 'production', '--outdir', WORKER_OUTPUT, '--metafile'],
    env: { WRANGLER_SEND_METRICS: 'false' },
  },
  { name: 'package is sound (publint)', command: 'publint', args: ['--strict'] },
  { name: 'package dynamo-bao is sound (publint)', command: 'publint', args: ['packages/dynamo-bao', '--strict'] },
  { name: 'package has its types (attw)', command: 'attw', args: ['--pack', '.', '--profile', 'esm-only'] },
];

/** How many parts of the Worker are named: the others are small. */
const NAMED_PARTS = 16;
/** Of workflows a Worker without them has nothing. */
const OF_WORKFLOWS = new Set(['world', 'sandbox', 'remote-world', 'objects/workflow-run']);

/** Says what the Worker is made of, so that who adds to it sees where it went. @returns what is wrong with that */
function problemsOfParts(metafile: string): string[] {
  const parts = partsOfBundle(JSON.parse(metafile) as Metafile); // as wrangler writes it
  const named = parts.slice(0, NAMED_PARTS).map(([name, bytes]) => `${name} ${(bytes / 1000).toFixed(0)}`);
  console.log(`     minified kB: ${named.join(', ')}`);
  return parts.flatMap(([name]) => (OF_WORKFLOWS.has(name) ? `the Worker has ${name}, without workflows` : []));
}

/** What is wrong with the built Worker; empty when nothing is. */
function problemsOf(source: string): string[] {
  const problems: string[] = [];
  const gzipBytes = gzipSync(source).byteLength;
  console.log(
    `     the Worker is ${(source.length / 1000).toFixed(0)} kB, ${(gzipBytes / 1000).toFixed(1)} kB gzipped (at most ${WORKER_MAX_GZIP_BYTES / 1000})`,
  );
  if (gzipBytes > WORKER_MAX_GZIP_BYTES)
    problems.push(`the Worker is ${gzipBytes} bytes gzipped; expected at most ${WORKER_MAX_GZIP_BYTES}`);
  for (const [, name] of source.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?["'](node:[\w/]+)["']/g)) {
    if (name !== undefined && !ALLOWED_NODE_MODULES.has(name))
      problems.push(`the Worker imports ${name}; expected no module of Node but ${[...ALLOWED_NODE_MODULES].join(', ')}`);
  }
  return problems;
}

for (const step of STEPS) {
  if (!(await runStep(step)).ok) process.exit(1);
}
const ofConsole = problemOfConsole();
const ofParts = problemsOfParts(await readFile(`${WORKER_OUTPUT}/bundle-meta.json`, 'utf8'));
const problems = [
  ...ofParts,
  ...problemsOf(await readFile(`${WORKER_OUTPUT}/worker.js`, 'utf8')),
  ...(ofConsole === null ? [] : [ofConsole]),
];
for (const problem of problems) console.error(`FAIL ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
