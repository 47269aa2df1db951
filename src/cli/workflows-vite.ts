/** `steamer/workflows/vite`: a Worker with workflows, built by Vite. */
import { fileURLToPath } from 'node:url';

/** What of Vite's plugins this one is. */
export interface WorkflowsVitePlugin {
  name: string;
  config(): { resolve: { alias: Record<string, string> } };
}

/** What the Workflow SDK imports and a Worker has not, or not in this form, by the file of the sandbox that stands in for it. */
export const STAND_INS: Readonly<Record<string, string>> = {
  'node:vm': 'vm',
  vm: 'vm',
  '@workflow/world-local': 'no-world',
  '@workflow/world-vercel': 'no-world',
  '@workflow/world': 'world-schemas',
  '@workflow/utils/get-port': 'get-port',
  '@vercel/functions': 'vercel-functions',
};

/** The Vite plugin that has the Workflow SDK take the modules that stand in for Node's: what `[alias]` of wrangler.toml does for wrangler. Its place among plugins does not matter. */
export function workflows(): WorkflowsVitePlugin {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = (name: string): string => fileURLToPath(new URL(`../sandbox/${name}.${extension}`, import.meta.url).href);
  const alias = Object.fromEntries(Object.entries(STAND_INS).map(([module, name]) => [module, file(name)]));
  return { name: 'steamer-workflows', config: () => ({ resolve: { alias } }) };
}
