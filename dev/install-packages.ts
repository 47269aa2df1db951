/** Packages that only some tests need, in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Runs `npm ci` in the folder (a URL that ends in "/") where its packages are missing or older than its lock. */
export function installPackages(folder: URL, ...options: string[]): void {
  const writtenAtMs = (file: string): number => statSync(new URL(file, folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (writtenAtMs('node_modules/.package-lock.json') >= writtenAtMs('package-lock.json')) return;
  const cwd = fileURLToPath(folder);
  console.log(`installing the packages of ${relative(process.cwd(), cwd)} …`);
  execFileSync('npm', ['ci', ...options, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, stdio: 'inherit' });
}
