/** Installs dynamo-bao into this folder when it is missing or older than the lock. Vitest runs it before the tests. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns when `file` of this folder was last written, in Unix milliseconds; 0 when it does not exist */
function writtenAtMs(file: string): number {
  return statSync(new URL(file, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs `npm ci` where it is needed. */
export function setup(): void {
  if (writtenAtMs('node_modules/.package-lock.json') >= writtenAtMs('package-lock.json')) return;
  console.log('installing the packages of test/interop …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'inherit',
  });
}
