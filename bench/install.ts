/** Installs the benchmarks' own packages when they are missing or older than the lock. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns when `file` of this folder was last written, in Unix milliseconds; 0 when it does not exist */
function writtenAtMs(file: string): number {
  return statSync(new URL(file, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (writtenAtMs('node_modules/.package-lock.json') < writtenAtMs('package-lock.json')) {
  console.error('installing the packages of bench/ …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'inherit',
  });
}
