/** What package.json exports, by the modules that it is built from. */
import { readFileSync } from 'node:fs';

export interface PublicEntry {
  /** as it is imported: "steamer/client" */
  name: string;
  /** "src/client/index.ts" */
  source: string;
}

/** Stand in for modules of others, and are imported by nobody. */
const STAND_INS = './dist/sandbox/';

/** Those that are imported by their names, in the order of package.json. */
export function publicEntries(): PublicEntry[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string | { types: string }> }; // our own file
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string' || target.types.startsWith(STAND_INS)) return [];
    const source = target.types.replace('./dist/', 'src/').replace('.d.ts', '.ts');
    return [{ name: path.replace('.', 'steamer'), source }];
  });
}
