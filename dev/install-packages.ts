/** Packages that only a part of the repository needs, in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether the packages of a folder (a URL that ends in "/") are there, and not older than its lock. */
export function hasPackages(folder: URL): boolean {
  const writtenAtMs = (file: string): number => statSync(new URL(file, folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return writtenAtMs('node_modules/.package-lock.json') >= writtenAtMs('package-lock.json');
}

/** Runs `npm ci` in the folder where its packages are not there. */
export function installPackages(folder: URL, ...options: string[]): void {
  if (hasPackages(folder)) return;
  const cwd = fileURLToPath(folder);
  console.log(`installing the packages of ${relative(process.cwd(), cwd)} …`);
  execFileSync('npm', ['ci', ...options, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, stdio: 'inherit' });
}
