/** The console as files that the Worker serves beside itself: built from console/, and held to their size. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUILT = 'assets/console';
const SOURCES = ['console', 'src/client', 'src/lib', 'package-lock.json'];
/** Of everything a browser loads. */
const MAX_GZIP_BYTES = 150_000;

/** Whether something that the console is made of has changed since it was built, or it never was. */
export function isConsoleStale(): boolean {
  const page = join(BUILT, 'index.html');
  if (!existsSync(page)) return true;
  const builtAtMs = statSync(page).mtimeMs;
  return SOURCES.flatMap(filesOf).some((path) => statSync(path).mtimeMs > builtAtMs);
}

/** What is wrong with the built console; null when nothing is. */
export function problemOfConsole(): string | null {
  const gzipBytes = filesOf(BUILT).reduce((sum, path) => sum + gzipSync(readFileSync(path)).byteLength, 0);
  console.log(`     the console is ${(gzipBytes / 1000).toFixed(1)} kB gzipped (at most ${MAX_GZIP_BYTES / 1000})`);
  return gzipBytes > MAX_GZIP_BYTES ? `the console is ${gzipBytes} bytes gzipped; expected at most ${MAX_GZIP_BYTES}` : null;
}

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
