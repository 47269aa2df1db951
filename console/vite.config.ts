import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** The console's assets, where wrangler.toml has the Worker's. Whatever the page loads is a file of its own: its policy allows nothing inline. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  logLevel: 'warn',
  resolve: { alias: { 'steamer/client': resolve(import.meta.dirname, '../src/client/index.ts') } },
  build: {
    outDir: '../assets/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2024',
    reportCompressedSize: false,
  },
});
