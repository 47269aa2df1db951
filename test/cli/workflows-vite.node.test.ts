import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { STAND_INS, workflows } from '../../src/cli/workflows-vite.ts';

const folder = mkdtempSync(join(tmpdir(), 'steamer-vite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of the tables `[alias]` in a document or configuration. */
const aliasesIn = (file: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(file, 'utf8').matchAll(/^\s*"([^"]+)" = "[^"]*(?:workflows|sandbox)\/([\w-]+)(?:\.ts)?"$/gm)].map(
      ([, module = '', name = '']) => [module, name],
    ),
  );

describe('the modules that stand in for those of Node', () => {
  it('are what a Worker built by Vite has of them', async () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const modules = Object.keys(STAND_INS);
    writeFileSync(
      join(folder, 'worker.js'),
      modules.map((name, index) => `export * as m${index} from ${JSON.stringify(name)};`).join('\n'),
    );
    await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      plugins: [workflows()],
      build: { ssr: 'worker.js', outDir: 'dist', rolldownOptions: { external: ['cloudflare:workers'] } },
    });
    const code = readFileSync(join(folder, 'dist', 'worker.js'), 'utf8');
    const imported = [...code.matchAll(/(?:from|import) ["']([^"']+)["']/g)].map(([, name]) => name);
    expect(imported.filter((name) => name !== undefined && modules.includes(name))).toEqual([]);
    for (const name of ['runInContext', 'getWorkflowPort', 'waitUntil']) expect(code).toContain(name);
  });

  it('are those that wrangler is told of', () => {
    for (const file of ['docs/workflows.md', 'test/workflows/app/wrangler.toml']) expect(aliasesIn(file)).toEqual(STAND_INS);
  });
});
