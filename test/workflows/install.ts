/** Installs the Workflow SDK into the application's folder when it is missing or older than the lock. Vitest runs it before the tests. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const APP = new URL('app/', import.meta.url);

/** @returns when `file` of the application was last written, in Unix milliseconds; 0 when it does not exist */
function writtenAtMs(file: string): number {
  return statSync(new URL(file, APP), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs `npm ci` where it is needed. The SDK's packages bring their binaries with them and need no scripts. */
export function setup(): void {
  if (writtenAtMs('node_modules/.package-lock.json') >= writtenAtMs('package-lock.json')) return;
  console.log('installing the packages of test/workflows/app …');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(APP),
    stdio: 'inherit',
  });
}
